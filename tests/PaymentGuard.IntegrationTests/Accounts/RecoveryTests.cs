using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PaymentGuard.Domain.Challenges;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Platform;

namespace PaymentGuard.IntegrationTests.Accounts;

/// <summary>Giving accounts back: to who proves himself with a factor from before the compromise, or by two members of staff.</summary>
public sealed class RecoveryTests(TestServers servers)
{
    private const string Path = "/v1/accounts/a";

    [Fact]
    public async Task Recover_WithAFactorFromBefore_UnfreezesAndRemovesWhatWasAddedSince()
    {
        await using var installation = await Checkout.Install(servers);
        var api = await installation.StartApi();
        using var page = new AccountPage(installation, api);
        using var checkout = new Checkout(installation, api);
        var app = await Enrol(page);
        var thief = await AddedByThief(installation, page);
        await page.Freeze("a", $$"""{"reason":"stolen","since":"{{thief:O}}"}""");
        var challenge = await OpenRecovery(page);
        Assert.Equal(["totp"], challenge["methods"]!.AsArray().Select(method => (string)method!));
        var proof = await Prove(page, challenge, app);
        var (status, answer) = await page.Post($"{Path}/recover", Json("proof", proof), "account-page", "factors:write");
        Assert.Equal((HttpStatusCode.OK, "done"), (status, (string)answer!["state"]!));
        Assert.Equal((2, 1), ((int)answer["factorsRemoved"]!, (int)answer["recoveryCodesRemoved"]!));
        Assert.Equal("approve", (await checkout.Assess(Checkout.Payment("after", account: "a")))["decision"]);
        Assert.Equal("totp", await page.Scalar("SELECT string_agg(kind, ' ') FROM factors WHERE account_id = 'a'"));
        Assert.Equal(0L, await page.Scalar("SELECT count(*) FROM recovery_codes WHERE account_id = 'a'"));
        Assert.Equal(1L, await page.Scalar("SELECT count(*) FROM compromises WHERE ended_at = frozen_at AND closed_by = 'buyer:a'"));
        // The thief's address was removed, and is told all the same.
        Assert.Equal("account email", await page.Scalar("""
            SELECT string_agg(m.channel, ' ' ORDER BY m.channel) FROM notifications n JOIN notification_messages m ON m.notification_id = n.id WHERE n.kind = 'account_recovered'
            """));
        var (again, same) = await page.Post($"{Path}/recover", Json("proof", proof), "account-page", "factors:write");
        Assert.Equal((HttpStatusCode.OK, answer.ToJsonString()), (again, same!.ToJsonString()));
        Assert.Equal(1L, await page.Scalar("SELECT count(*) FROM audit_entries WHERE action = 'account.recovered'"));
    }

    [Fact]
    public async Task Recover_WithoutAFactorFromBefore_IsRefused()
    {
        await using var installation = await Checkout.Install(servers);
        using var page = new AccountPage(installation, await installation.StartApi());
        var app = await Enrol(page);
        await page.Freeze("a", """{"reason":"stolen","since":"2026-01-01T00:00:00Z"}""");
        var challenge = await OpenRecovery(page);
        Assert.Empty(challenge["methods"]!.AsArray());
        var (status, _) = await page.Post($"/v1/challenges/{challenge["id"]}/answers", Json("totp", app.At(app.StepAt(TimeProvider.System.GetUtcNow()))), "account-page", "challenges:write");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.True((bool)(await page.Get(Path)).Body!["frozen"]!);
    }

    [Fact]
    public async Task Recover_CompromiseTurnsOutToHaveBegunBeforeTheFactor_IsRefused()
    {
        await using var installation = await Checkout.Install(servers);
        using var page = new AccountPage(installation, await installation.StartApi());
        var app = await Enrol(page);
        await page.Freeze("a");
        var proof = await Prove(page, await OpenRecovery(page), app);
        await page.Freeze("a", """{"reason":"it was earlier","since":"2026-01-01T00:00:00Z"}""");
        var (status, answer) = await page.Post($"{Path}/recover", Json("proof", proof), "account-page", "factors:write");
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "challenge_refused"), (status, (string)answer!["code"]!));
        Assert.True((bool)(await page.Get(Path)).Body!["frozen"]!);
    }

    [Theory]
    [InlineData("no proof at all")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.")]
    public async Task Recover_WithSomethingElse_IsRefused(string proof)
    {
        await using var installation = await Checkout.Install(servers);
        using var page = new AccountPage(installation, await installation.StartApi());
        await page.Freeze("a");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await page.Post($"{Path}/recover", Json("proof", proof), "account-page", "factors:write")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await page.Post($"{Path}/recover", Json("proof", proof), "staff-1", "accounts:recover")).Status);
    }

    [Fact]
    public async Task Recovery_BySamePerson_IsRefusedAndAudited_ByAnotherItIsDone()
    {
        await using var installation = await Checkout.Install(servers);
        using var page = new AccountPage(installation, await installation.StartApi());
        await page.Freeze("a");
        await page.Execute("UPDATE accounts SET failures = 4, lock_seconds = 3600, locked_until = now() + interval '1 hour', disabled_at = now()");
        var (created, asked) = await Ask(page);
        Assert.Equal((HttpStatusCode.Created, "pending"), (created, (string)asked!["state"]!));
        Assert.Equal(HttpStatusCode.OK, (await Ask(page)).Status);
        Assert.Equal((string)asked["id"]!, (string)(await page.Get(Path)).Body!["recovery"]!["id"]!);
        var (refused, problem) = await Approve(page, asked, "staff-1");
        Assert.Equal((HttpStatusCode.Forbidden, "approver_is_requester"), (refused, (string)problem!["code"]!));
        Assert.Equal(1L, await page.Scalar("SELECT count(*) FROM audit_entries WHERE action = 'recovery.refused' AND actor = 'staff-1'"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(call => Approve(page, asked, $"staff-{2 + call % 3}")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Single(answers.Select(answer => answer.Body!.ToJsonString()).Distinct());
        Assert.Equal("1 1", await page.Scalar("""
            SELECT (SELECT count(*) FROM audit_entries WHERE action = 'account.recovered') || ' ' || (SELECT count(*) FROM notifications WHERE kind = 'account_recovered')
            """));
        var state = (await page.Get(Path)).Body!;
        Assert.False((bool)state["frozen"]! || (bool)state["locked"]! || (bool)state["disabled"]!);
        Assert.Null(state["compromise"]);
        Assert.Equal(HttpStatusCode.Conflict, (await Ask(page)).Status);
    }

    [Fact]
    public async Task Recovery_AccountGivenBackMeanwhile_IsSuperseded()
    {
        await using var installation = await Checkout.Install(servers);
        using var page = new AccountPage(installation, await installation.StartApi());
        var app = await Enrol(page);
        await page.Freeze("a");
        var (_, asked) = await Ask(page);
        var proof = await Prove(page, await OpenRecovery(page), app);
        Assert.Equal(HttpStatusCode.OK, (await page.Post($"{Path}/recover", Json("proof", proof), "account-page", "factors:write")).Status);
        Assert.Equal("done superseded", await page.Scalar("SELECT string_agg(state, ' ' ORDER BY state) FROM recoveries"));
        await page.Freeze("a");
        var (status, problem) = await Approve(page, asked!, "staff-2");
        Assert.Equal((HttpStatusCode.Conflict, "recovery_superseded"), (status, (string)problem!["code"]!));
        Assert.True((bool)(await page.Get(Path)).Body!["frozen"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await Approve(page, new JsonObject { ["id"] = "rec_00000000000000000000000000000000" }, "staff-2")).Status);
    }

    [Fact]
    public async Task Recovery_AfterwardsFrozenAgain_IsANewInterval()
    {
        await using var installation = await Checkout.Install(servers);
        using var page = new AccountPage(installation, await installation.StartApi());
        await page.Freeze("a");
        await Approve(page, (await Ask(page)).Body!, "staff-2");
        await page.Freeze("a");
        var found = (await page.Get($"{Path}/compromises")).Body!["compromises"]!.AsArray();
        Assert.Equal([false, true], found.Select(one => one!["endedAt"] is not null));
    }

    [Fact]
    public async Task Recovery_PostgresAway_IsRefusedAndNothingIsHalfDone()
    {
        await using var installation = await Checkout.Install(servers);
        await using var line = new TcpProxy(installation.Postgres.Address);
        var direct = installation.Settings["PAYMENTGUARD_POSTGRES"];
        installation.UsePostgresThrough(line);
        using var page = new AccountPage(installation, await installation.StartApi());
        await page.Freeze("a");
        var (_, asked) = await Ask(page);
        line.GoDown();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Approve(page, asked!, "staff-2")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await page.Get(Path)).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await page.Get($"{Path}/timeline")).Status);
        installation.Settings["PAYMENTGUARD_POSTGRES"] = direct;
        Assert.Equal("pending true 0", await page.Scalar("""
            SELECT (SELECT state FROM recoveries) || ' ' || (SELECT frozen_at IS NOT NULL FROM accounts) || ' ' || (SELECT count(*) FROM notifications WHERE kind = 'account_recovered')
            """));
        line.GoUp();
        await Eventually.Holds("it is done", async () => (await Approve(page, asked!, "staff-2")).Status == HttpStatusCode.OK);
    }

    private static Task<(HttpStatusCode Status, JsonNode? Body)> Ask(AccountPage page) =>
        page.Post($"{Path}/recoveries", """{"reason":"the owner came with his passport"}""", "staff-1", "accounts:recover");

    private static Task<(HttpStatusCode Status, JsonNode? Body)> Approve(AccountPage page, JsonNode asked, string staff) =>
        page.Post($"{Path}/recoveries/{asked["id"]}/approve", "", staff, "accounts:recover");

    /// <summary>An authenticator app, which counts from now on.</summary>
    private static async Task<OneTimeCode> Enrol(AccountPage page)
    {
        var (_, begun) = await page.Post($"{Path}/factors/totp", "{}", "account-page", "factors:write");
        Assert.True(Base32.TryRead((string)begun!["secret"]!, out var secret));
        var app = new OneTimeCode(secret);
        // The code of the step before: the one of now is for the challenge.
        var (status, _) = await page.Post(
            $"{Path}/factors/{begun["id"]}/confirm", Json("code", app.At(app.StepAt(TimeProvider.System.GetUtcNow()) - 1)), "account-page", "factors:write");
        Assert.Equal(HttpStatusCode.OK, status);
        return app;
    }

    /// <summary>An e-mail address, an app and a recovery code.</summary>
    /// <returns>When the thief began.</returns>
    private static async Task<DateTimeOffset> AddedByThief(Installation installation, AccountPage page)
    {
        await Task.Delay(5);
        var (began, id, keys) = (TimeProvider.System.GetUtcNow(), Guid.NewGuid(), DataKeys.Load(installation.ReadSettings().KeyFile));
        var address = Convert.ToHexString(keys.Encrypt(Encoding.UTF8.GetBytes("thief@example.com"), $"factors.secret:{id}"));
        await page.Execute($"""
            INSERT INTO factors (id, account_id, kind, created_at, confirmed_at, secret) VALUES
                ('{id}', 'a', 'email', now(), now(), decode('{address}', 'hex')), (gen_random_uuid(), 'a', 'totp', now(), now(), 'x');
            INSERT INTO recovery_codes (hash, account_id, created_at) VALUES ('x', 'a', now());
            """);
        return began;
    }

    private static async Task<JsonNode> OpenRecovery(AccountPage page)
    {
        var (status, challenge) = await page.Post("/v1/challenges", """{"accountId":"a","action":"recover_account"}""", "account-page", "challenges:write");
        Assert.Equal(HttpStatusCode.Created, status);
        return challenge!;
    }

    private static async Task<string> Prove(AccountPage page, JsonNode challenge, OneTimeCode app)
    {
        var code = app.At(app.StepAt(TimeProvider.System.GetUtcNow()));
        var (status, answer) = await page.Post($"/v1/challenges/{challenge["id"]}/answers", Json("totp", code), "account-page", "challenges:write");
        Assert.Equal(HttpStatusCode.OK, status);
        return (string)answer!["proof"]!;
    }

    private static string Json(string name, string value) => new JsonObject { [name] = value }.ToJsonString();
}
