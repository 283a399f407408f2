using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using PaymentGuard.Domain.Challenges;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Tests.Challenges;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>What the account page does with factors.</summary>
public sealed class FactorTests(StepUpService service, TestServers servers) : IClassFixture<StepUpService>
{
    [Theory]
    [InlineData("sha1", 6), InlineData("sha256", 8), InlineData("sha512", 6)]
    public async Task Totp_BegunConfirmedListedRemoved_CountsInBetween(string algorithm, int digits)
    {
        using var buyer = service.NewBuyer();
        var begun = Buyer.Must(HttpStatusCode.Created, await buyer.Post($"{buyer.Factors}/totp", new { algorithm, digits }));
        Assert.Contains($"&algorithm={algorithm.ToUpperInvariant()}&digits={digits}&period=30", begun["uri"]!, StringComparison.Ordinal);
        Assert.StartsWith($"otpauth://totp/PaymentGuard:{buyer.Account}?secret={begun["secret"]}&issuer=PaymentGuard", begun["uri"]!, StringComparison.Ordinal);
        Assert.Contains("<svg", begun["qr"]!, StringComparison.Ordinal);
        Assert.True(begun.Headers.CacheControl!.NoStore);
        Assert.Null((await Listed(buyer))[0]!["confirmedAt"]);
        var app = new AuthenticatorApp(begun["secret"]!, Enum.Parse<CodeAlgorithm>(algorithm, ignoreCase: true), digits);
        Buyer.Must(HttpStatusCode.OK, await buyer.Confirm(begun["id"]!, app.Code(-1)));
        Assert.NotNull((await Listed(buyer))[0]!["confirmedAt"]);
        var proof = Buyer.Must(HttpStatusCode.OK, await buyer.Answer(
            await buyer.Challenge("remove_factor", new { factorId = begun["id"] }), new { totp = app.Code() }))["proof"];
        Assert.NotNull((await Listed(buyer))[0]!["lastUsedAt"]);
        Buyer.Must(HttpStatusCode.NoContent, await buyer.Remove(begun["id"]!, proof));
        Assert.Empty(await Listed(buyer));
        foreach (var action in (string[])["factor.added", "factor.confirmed", "proof.redeemed", "factor.removed"]) Assert.Equal(1, await buyer.Audited(action));
        Assert.Equal((1, 1), (await buyer.Told("factor_added"), await buyer.Told("factor_removed")));
    }

    [Fact]
    public async Task Totp_AgainstOathtool_HasTheSameCodes()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/oathtool"), "oathtool is not installed");
        using var buyer = service.NewBuyer();
        var begun = Buyer.Must(HttpStatusCode.Created, await buyer.Post($"{buyer.Factors}/totp", new { algorithm = "sha256", digits = 8 }));
        using var oathtool = Process.Start(new ProcessStartInfo("/usr/bin/oathtool", ["--totp=sha256", "--digits=8", "--base32", begun["secret"]!]) { RedirectStandardOutput = true })!;
        var code = (await oathtool.StandardOutput.ReadToEndAsync()).Trim();
        Buyer.Must(HttpStatusCode.OK, await buyer.Confirm(begun["id"]!, code));
    }

    [Theory]
    [InlineData("email", "buyer.one@example.com", "b***@example.com"), InlineData("sms", "+8613800000042", "***42")]
    public async Task Contact_BegunAndConfirmed_CountsAndIsShownMasked(string kind, string address, string masked)
    {
        using var buyer = service.NewBuyer();
        var begun = Buyer.Must(HttpStatusCode.Created, await buyer.Post($"{buyer.Factors}/{kind}", new { address }));
        Assert.Equal(1, await buyer.Told("contact_confirmation"));
        Assert.InRange(DateTimeOffset.Parse(begun["expiresAt"]!) - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(4), TimeSpan.FromMinutes(5));
        Assert.Equal(address, (string)(await buyer.Message("contact_confirmation", kind))["address"]!);
        var code = await buyer.SentCode("contact_confirmation", kind);
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Confirm(begun["id"]!, code == "000000" ? "000001" : "000000"));
        Buyer.Must(HttpStatusCode.OK, await buyer.Confirm(begun["id"]!, code));
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Confirm(begun["id"]!, code));
        Assert.Equal(masked, (string)(await Listed(buyer))[0]!["address"]!);
        var opened = await buyer.Post("/v1/challenges", new { accountId = buyer.Account, action = "add_factor" });
        Assert.Equal([kind], opened.Json["methods"]!.AsArray().Select(method => (string)method!));
        Assert.Equal(address, (string)(await buyer.Message("factor_added", kind))["address"]!);
        var challenge = await buyer.Challenge("remove_factor", new { factorId = begun["id"] });
        Buyer.Must(HttpStatusCode.Accepted, await buyer.Post($"/v1/challenges/{challenge}/send", new { method = kind }));
        var proof = Buyer.Must(HttpStatusCode.OK, await buyer.Answer(challenge, new { sentCode = await buyer.SentCode("code", kind) }))["proof"];
        Buyer.Must(HttpStatusCode.NoContent, await buyer.Remove(begun["id"]!, proof));
        // Whoever is taken over is told at the address that was removed.
        Assert.Equal(address, (string)(await buyer.Message("factor_removed", kind))["address"]!);
    }

    [Fact]
    public async Task Contact_FourthCodeWithinFiveMinutes_IsRefused()
    {
        using var buyer = service.NewBuyer();
        for (var code = 1; code <= 3; code++) Buyer.Must(HttpStatusCode.Created, await buyer.Post($"{buyer.Factors}/email", new { address = "b@example.com" }));
        var refused = await buyer.Post($"{buyer.Factors}/sms", new { address = "+8613800000042" });
        Buyer.MustRefuse(429, "too_many_codes", refused);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Theory]
    [InlineData("totp", """{"digits":7}""", "/digits"), InlineData("totp", """{"algorithm":"md5"}""", "/algorithm"), InlineData("totp", """{"secret":"A"}""", "/secret")]
    [InlineData("totp", """{"digits":"6"}""", "/digits"), InlineData("email", """{}""", "/address"), InlineData("email", """{"address":"nobody"}""", "/address")]
    [InlineData("sms", """{"address":"13800000042"}""", "/address"), InlineData("sms", """{"address":"+86138000000420000"}""", "/address"), InlineData("passkeys", """{}""", "/credential")]
    public async Task Begin_WithAWrongField_NamesIt(string kind, string body, string pointer)
    {
        using var buyer = service.NewBuyer();
        var answer = await buyer.Post($"{buyer.Factors}/{kind}", body);
        Buyer.MustRefuse(400, "invalid_field", answer);
        Assert.Equal([pointer], answer.Pointers);
    }

    [Fact]
    public async Task Change_OnceTheAccountHasAFactor_NeedsAProofOfThatVeryAct()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol();
        (string Path, string Action)[] changes =
        [
            ($"{buyer.Factors}/totp", "add_factor"), ($"{buyer.Factors}/passkeys/options", "add_factor"), ($"/v1/accounts/{buyer.Account}/recovery-codes", "new_recovery_codes"),
        ];
        foreach (var (path, action) in changes)
        {
            Buyer.MustRefuse(403, "proof_required", await buyer.Post(path, new { }));
            Buyer.MustRefuse(422, "challenge_refused", await buyer.Post(path, new { proof = "forged" }));
            Buyer.MustRefuse(409, "payment_changed", await buyer.Post(path, new { proof = await buyer.Prove("change_trusted_payees") }));
            var proof = await buyer.Prove(action);
            Assert.True((await buyer.Post(path, new { proof })).Status is HttpStatusCode.Created or HttpStatusCode.OK);
            Buyer.MustRefuse(409, "proof_redeemed", await buyer.Post(path, new { proof }));
        }
        Buyer.MustRefuse(403, "proof_required", await buyer.Post($"{buyer.Factors}/email", new { address = "b@example.com" }));
        Buyer.MustRefuse(403, "proof_required", await buyer.Remove(buyer.FactorId, null));
        Buyer.MustRefuse(404, "not_found", await buyer.Remove("fct_" + Guid.NewGuid().ToString("N"), await buyer.Prove("remove_factor")));
    }

    [Fact]
    public async Task Change_WithAnotherAccountsProof_IsRefusedAndLeavesTheProofGood()
    {
        using var thief = service.NewBuyer();
        using var buyer = service.NewBuyer();
        await thief.Enrol();
        await buyer.Enrol();
        var proof = await thief.Prove("add_factor");
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Post($"{buyer.Factors}/totp", new { proof }));
        Buyer.Must(HttpStatusCode.Created, await thief.Post($"{thief.Factors}/totp", new { proof }));
    }

    [Fact]
    public async Task Enrolment_BegunWhenTheAccountHadNoFactor_IsDroppedOnceItHasOne()
    {
        using var buyer = service.NewBuyer();
        var begunBefore = await buyer.Post($"{buyer.Factors}/totp", new { });
        await buyer.Enrol(-1);
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Confirm(begunBefore["id"]!, new AuthenticatorApp(begunBefore["secret"]!).Code()));
        Assert.Single(await Listed(buyer));
    }

    [Fact]
    public async Task Enrolment_OfASecondApp_LeavesTheFirstGoodAndCountsForNothingUntilConfirmed()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol();
        var begun = Buyer.Must(HttpStatusCode.Created, await buyer.Post($"{buyer.Factors}/totp", new { proof = await buyer.Prove("add_factor") }));
        var second = new AuthenticatorApp(begun["secret"]!);
        await buyer.LetTimePass();
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Answer(await buyer.Challenge(), new { totp = second.Code() }));
        Buyer.Must(HttpStatusCode.OK, await buyer.Answer(await buyer.Challenge(), new { totp = buyer.App.Code() }));
        Buyer.Must(HttpStatusCode.OK, await buyer.Confirm(begun["id"]!, second.Code(-1)));
        Buyer.Must(HttpStatusCode.OK, await buyer.Answer(await buyer.Challenge(), new { totp = second.Code() }));
    }

    [Fact]
    public async Task Enrolment_After15Minutes_CannotBeConfirmedAndGoesWithTheNext()
    {
        using var buyer = service.NewBuyer();
        var begun = await buyer.Post($"{buyer.Factors}/totp", new { });
        await buyer.Execute($"UPDATE factors SET pending_until = pending_until - interval '15 minutes' WHERE account_id = '{buyer.Account}'");
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Confirm(begun["id"]!, new AuthenticatorApp(begun["secret"]!).Code()));
        Assert.Empty(await Listed(buyer));
        await buyer.Post($"{buyer.Factors}/totp", new { });
        Assert.Equal(1, await buyer.Count($"SELECT count(*) FROM factors WHERE account_id = '{buyer.Account}'"));
    }

    [Fact]
    public async Task ConfirmingCode_UsedForAChallenge_IsRefused()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol(step: 0);
        // The step may have changed since: it is the code of the stored one that must not pass, nor one before it.
        var used = await buyer.Count($"SELECT totp_last_step FROM factors WHERE account_id = '{buyer.Account}'");
        var challenge = await buyer.Challenge();
        foreach (var step in (long[])[used, used - 1])
        {
            var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() / 30;
            Buyer.MustRefuse(422, "challenge_refused", await buyer.Answer(challenge, new { totp = buyer.App.Code((int)(step - now)) }));
        }
        Buyer.Must(HttpStatusCode.OK, await buyer.Answer(challenge, new { totp = buyer.App.Code(1) }));
    }

    [Fact]
    public async Task Confirm_HundredTimesAtOnce_SucceedsOnce()
    {
        using var buyer = service.NewBuyer();
        var begun = await buyer.Post($"{buyer.Factors}/totp", new { });
        var code = new AuthenticatorApp(begun["secret"]!).Code();
        var answers = await AtOnce(100, () => buyer.Confirm(begun["id"]!, code));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(99, answers.Count(answer => answer["code"] == "challenge_refused"));
        Assert.Equal((1, 1), (await buyer.Audited("factor.confirmed"), await buyer.Told("factor_added")));
    }

    [Fact]
    public async Task Confirm_WrongFiveTimes_LocksAndRefusesTheRightCodeWithTheSameBytes()
    {
        using var buyer = service.NewBuyer();
        var begun = await buyer.Post($"{buyer.Factors}/totp", new { });
        var app = new AuthenticatorApp(begun["secret"]!);
        var answers = new List<Answer>();
        foreach (var code in (string[])[app.WrongCode(), " " + app.Code(), app.Code() + "\0", "１２３４５６", ""]) answers.Add(await buyer.Confirm(begun["id"]!, code));
        answers.Add(await buyer.Confirm(begun["id"]!, app.Code()));
        answers.Add(await buyer.Confirm("fct_none", app.Code()));
        Assert.All(answers, answer => Buyer.MustRefuse(422, "challenge_refused", answer));
        Assert.Single(answers.Select(WithoutTrace).Distinct(StringComparer.Ordinal));
        Assert.Equal((5, 2), (await buyer.Audited("factor.refused", "wrong"), await buyer.Audited("factor.refused", "locked")));
        Assert.Equal(1, await buyer.Told("locked"));
        await buyer.LetTimePass();
        Buyer.Must(HttpStatusCode.OK, await buyer.Confirm(begun["id"]!, app.Code()));
    }

    [Fact]
    public async Task Confirm_AndChallenges_CountTogether()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol(-1);
        var challenge = await buyer.Challenge();
        for (var attempt = 1; attempt <= 3; attempt++) await buyer.Answer(challenge, new { totp = buyer.App.WrongCode() });
        for (var attempt = 1; attempt <= 2; attempt++) await buyer.Confirm(buyer.FactorId, "000000");
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Answer(challenge, new { totp = buyer.App.Code() }));
        Assert.Equal(1, await buyer.Audited("challenge.refused", "locked"));
    }

    [Fact]
    public async Task Remove_HundredTimesAtOnceWithOneProof_HasOneEffect()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol();
        var proof = await buyer.Prove("remove_factor", new { factorId = buyer.FactorId });
        var answers = await AtOnce(100, () => buyer.Remove(buyer.FactorId, proof));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.NoContent);
        Assert.Equal(99, answers.Count(answer => answer.Status is HttpStatusCode.NotFound));
        Assert.Equal((1, 1), (await buyer.Audited("factor.removed"), await buyer.Told("factor_removed")));
    }

    [Fact]
    public async Task RecoveryCodes_MadeHundredTimesAtOnceWithOneProof_AreOneSet()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol();
        var proof = await buyer.Prove("new_recovery_codes");
        var answers = await AtOnce(100, () => buyer.MakeRecoveryCodes(proof));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.Created);
        Assert.Equal(99, answers.Count(answer => answer["code"] == "proof_redeemed"));
        Assert.Equal((1, 1), (await buyer.Audited("recovery_codes.made"), await buyer.Told("recovery_codes_made")));
        Assert.Equal(10, (int)(await buyer.Get(buyer.Factors)).Json["recoveryCodesLeft"]!);
    }

    [Fact]
    public async Task RecoveryCode_UsedFiftyTimesAtOnce_SucceedsOnce()
    {
        using var buyer = service.NewBuyer();
        var codes = Codes(await buyer.MakeRecoveryCodes());
        Assert.Equal(10, codes.Distinct(StringComparer.Ordinal).Count());
        var challenges = new List<string>();
        for (var challenge = 1; challenge <= 50; challenge++) challenges.Add(await buyer.Challenge());
        var answers = await Task.WhenAll(challenges.Select(challenge => buyer.Answer(challenge, new { recoveryCode = codes[0].ToLowerInvariant() })));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(49, answers.Count(answer => answer["code"] == "challenge_refused"));
        Assert.Equal(9, (int)(await buyer.Get(buyer.Factors)).Json["recoveryCodesLeft"]!);
        Assert.Equal(1, await buyer.Told("recovery_code_used"));
    }

    [Fact]
    public async Task RecoveryCodes_MadeAnew_KillThoseBefore()
    {
        using var buyer = service.NewBuyer();
        var old = Codes(await buyer.MakeRecoveryCodes());
        Buyer.MustRefuse(403, "proof_required", await buyer.MakeRecoveryCodes());
        var proof = Buyer.Must(HttpStatusCode.OK, await buyer.Answer(await buyer.Challenge("new_recovery_codes"), new { recoveryCode = old[0] }))["proof"];
        var made = Codes(await buyer.MakeRecoveryCodes(proof));
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Answer(await buyer.Challenge(), new { recoveryCode = old[1] }));
        Buyer.Must(HttpStatusCode.OK, await buyer.Answer(await buyer.Challenge(), new { recoveryCode = made[0].Replace("-", "", StringComparison.Ordinal) }));
    }

    [Fact]
    public async Task Passkey_AddedAndUsed_IsStrongAndEachAnswerCountsOnce()
    {
        using var buyer = service.NewBuyer();
        using var device = new SoftwareAuthenticator(Installation.PasskeyOrigin) { SignCount = null };
        await AddPasskey(buyer, device, null);
        var challenge = await buyer.Challenge("add_factor");
        var options = Buyer.Must(HttpStatusCode.OK, await buyer.Post($"/v1/challenges/{challenge}/passkey", new { }));
        var answer = $$"""{"passkey":{{device.Get(options.Text)}}}""";
        var answers = await AtOnce(20, () => buyer.Answer(challenge, answer));
        var proof = Assert.Single(answers, one => one.Status == HttpStatusCode.OK);
        Assert.Equal(("passkey", "true"), (proof["method"], proof["sca"]));
        await buyer.LetTimePass();
        // The browser is told of the passkey there is, so that one device does not make two.
        var again = Buyer.Must(HttpStatusCode.OK, await buyer.Post($"{buyer.Factors}/passkeys/options", new { proof = proof["proof"] }));
        Assert.Single(again.Json["excludeCredentials"]!.AsArray());
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Post($"{buyer.Factors}/passkeys", $$"""{"credential":{{device.Create(again.Text, ceremony => ceremony with { Origin = "https://evil.example" })}}}"""));
    }

    [Fact]
    public async Task Passkey_CompletedLateTwiceOrWithoutOptions_IsRefused()
    {
        using var buyer = service.NewBuyer();
        using var device = new SoftwareAuthenticator(Installation.PasskeyOrigin);
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Post($"{buyer.Factors}/passkeys", """{"credential":{}}"""));
        var options = await buyer.Post($"{buyer.Factors}/passkeys/options", new { });
        var credential = $$"""{"credential":{{device.Create(options.Text)}}}""";
        await buyer.Execute($"UPDATE factors SET pending_until = pending_until - interval '120 seconds' WHERE account_id = '{buyer.Account}'");
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Post($"{buyer.Factors}/passkeys", credential));
        await AddPasskey(buyer, device, null);
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Post($"{buyer.Factors}/passkeys", credential));
    }

    [Fact]
    public async Task Frozen_AnyChange_IsRefused()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol();
        var begun = await buyer.Post($"{buyer.Factors}/totp", new { proof = await buyer.Prove("add_factor") });
        await buyer.Execute($"UPDATE accounts SET frozen_at = now(), last_frozen_at = now() WHERE id = '{buyer.Account}'");
        var confirm = () => buyer.Confirm(begun["id"]!, new AuthenticatorApp(begun["secret"]!).Code());
        Answer[] answers =
        [
            await confirm(), await buyer.Post($"{buyer.Factors}/totp", new { }), await buyer.Post($"{buyer.Factors}/email", new { address = "b@example.com" }),
            await buyer.Post($"{buyer.Factors}/passkeys/options", new { }), await buyer.Remove(buyer.FactorId, "x"), await buyer.MakeRecoveryCodes(),
        ];
        Assert.All(answers, answer => Buyer.MustRefuse(422, "challenge_refused", answer));
        Assert.Equal(6, await buyer.Audited("factor.refused", "frozen"));
        await buyer.Execute($"UPDATE accounts SET frozen_at = NULL WHERE id = '{buyer.Account}'");
        Buyer.MustRefuse(422, "challenge_refused", await confirm());
    }

    [Fact]
    public async Task Secrets_OnceTold_AreNowhereInClear()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol();
        var codes = Codes(await buyer.MakeRecoveryCodes(await buyer.Prove("new_recovery_codes")));
        var email = await buyer.Post($"{buyer.Factors}/email", new { address = "secret.address@example.com", proof = await buyer.Prove("add_factor") });
        Base32.TryRead(buyer.App.Secret, out var seed);
        string[] secrets = [buyer.App.Secret, Convert.ToHexString(seed), Convert.ToBase64String(seed), codes[3], codes[3].Replace("-", "", StringComparison.Ordinal), "secret.address"];
        var texts = new[]
        {
            (await buyer.Get(buyer.Factors)).Text, await Dump(), await File.ReadAllTextAsync(Path.Combine(service.Api.Folder, "log"), TestContext.Current.CancellationToken),
        };
        Assert.Contains(email["id"]!, texts[0], StringComparison.Ordinal);
        foreach (var text in texts)
            foreach (var secret in secrets)
            {
                Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain(Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(secret)), text, StringComparison.OrdinalIgnoreCase);
            }
    }

    [Fact]
    public async Task Secret_MovedToAnotherRow_OpensNoMore()
    {
        using var buyer = service.NewBuyer();
        using var thief = service.NewBuyer();
        await buyer.Enrol();
        await thief.Enrol();
        await thief.Execute($"UPDATE factors SET secret = (SELECT secret FROM factors WHERE account_id = '{thief.Account}') WHERE account_id = '{buyer.Account}'");
        await buyer.LetTimePass();
        Assert.NotEqual(HttpStatusCode.OK, (await buyer.Answer(await buyer.Challenge(), new { totp = thief.App.Code() })).Status);
    }

    [Fact]
    public async Task Change_WithoutPostgres_Is503AndNotDone()
    {
        await using var installation = await Checkout.Install(servers, ownPostgres: true);
        using var buyer = Buyer.New(installation, await installation.StartApi());
        await buyer.Enrol(-1);
        var proof = Buyer.Must(HttpStatusCode.OK, await buyer.Answer(await buyer.Challenge("add_factor"), new { totp = buyer.App.Code() }))["proof"];
        await installation.Postgres.Kill();
        Buyer.MustRefuse(503, "unavailable", await buyer.Post($"{buyer.Factors}/totp", new { proof }));
        Buyer.MustRefuse(503, "unavailable", await buyer.Confirm(buyer.FactorId, "123456"));
        Buyer.MustRefuse(503, "unavailable", await buyer.Get(buyer.Factors));
        await installation.Postgres.Start();
        await Eventually.Holds("the proof is still good", async () => (await buyer.Post($"{buyer.Factors}/totp", new { proof })).Status == HttpStatusCode.Created);
    }

    private static async Task AddPasskey(Buyer buyer, SoftwareAuthenticator device, string? proof)
    {
        var options = Buyer.Must(HttpStatusCode.OK, await buyer.Post($"{buyer.Factors}/passkeys/options", new { proof }));
        Buyer.Must(HttpStatusCode.Created, await buyer.Post($"{buyer.Factors}/passkeys", $$"""{"credential":{{device.Create(options.Text)}}}"""));
    }

    private static async Task<JsonArray> Listed(Buyer buyer) => Buyer.Must(HttpStatusCode.OK, await buyer.Get(buyer.Factors)).Json["factors"]!.AsArray();

    private static string[] Codes(Answer made) => [.. Buyer.Must(HttpStatusCode.Created, made).Json["codes"]!.AsArray().Select(code => (string)code!)];

    private static Task<Answer[]> AtOnce(int count, Func<Task<Answer>> ask) => Task.WhenAll(Enumerable.Range(0, count).Select(_ => ask()));

    private static string WithoutTrace(Answer answer)
    {
        var body = answer.Json.AsObject();
        body.Remove("traceId");
        return body.ToJsonString();
    }

    /// <summary>Every row of every table as text.</summary>
    private async Task<string> Dump()
    {
        var tables = (string)(await AssessmentTests.Scalar(service.Installation, "SELECT string_agg(quote_ident(tablename), ' ') FROM pg_tables WHERE schemaname = 'public'"))!;
        var texts = new List<string>();
        foreach (var table in tables.Split(' ')) texts.Add(await AssessmentTests.Scalar(service.Installation, $"SELECT string_agg(t::text, ' ') FROM {table} t") as string ?? "");
        return string.Concat(texts);
    }
}
