using System.Net;
using System.Text.Json.Nodes;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Accounts;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Tests.Challenges;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>A PaymentGuard with a PostgreSQL of its own behind a line that can be cut.</summary>
public sealed class BreakableService(TestServers servers) : IAsyncLifetime
{
    internal Installation Installation { get; private set; } = null!;

    internal ApiProcess Api { get; private set; } = null!;

    internal TcpProxy Line { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Installation = await servers.Install(new InstallationOptions(OwnPostgres: true));
        Installation.WriteRule("above.yaml", "id: above\naction: challenge\nwhen: amount > 100 EUR\nmode: live\n");
        Line = new TcpProxy(Installation.Postgres.Address);
        await BehindTheLine(async () => Api = await Installation.StartApi());
    }

    /// <summary>Starts the Api again after a kill.</summary>
    internal Task StartAgain() => BehindTheLine(() => Api.Start());

    /// <summary>An Api reads the settings when it starts. The tests themselves look past the line.</summary>
    private async Task BehindTheLine(Func<Task> start)
    {
        var direct = Installation.Settings["PAYMENTGUARD_POSTGRES"];
        Installation.UsePostgresThrough(Line);
        await start();
        Installation.Settings["PAYMENTGUARD_POSTGRES"] = direct;
    }

    /// <summary>Waits until no connection is left of those that were broken: each is found out by the call that gets it.</summary>
    internal async Task Recovered()
    {
        using var buyer = Buyer.New(Installation, Api);
        await Eventually.Holds("PostgreSQL is reached again", async () =>
            (await BuyerSteps.AtOnce(30, _ => buyer.Get(buyer.Factors))).All(answer => answer.Status == HttpStatusCode.OK));
    }

    public async ValueTask DisposeAsync()
    {
        if (Installation is not null) await Installation.DisposeAsync();
        if (Line is not null) await Line.DisposeAsync();
    }
}

/// <summary>Without PostgreSQL nothing is accepted, frozen or given back; without Redis all of it goes on.</summary>
public sealed class StepUpOutageTests(BreakableService service) : IClassFixture<BreakableService>
{
    // Only what hangs is caught: patience ends after four or five seconds, and how long exactly that takes is measured, not asserted.
    private static readonly TimeSpan HangMin = TimeSpan.FromSeconds(10);

    [Fact]
    public Task Postgres_Killed_FailsClosedAndLosesNothing() => FailsClosed(service.Installation.Postgres.Kill, () => service.Installation.Postgres.Start());

    [Fact]
    public Task Postgres_Silent_FailsClosedAndLosesNothing() => FailsClosed(Sync(service.Line.FallSilent), Sync(service.Line.Speak));

    [Fact]
    public async Task Postgres_ConnectionsBrokenUnderAnswers_AcceptsNoCodeTwice()
    {
        using var buyer = NewBuyer();
        var codes = Codes(await buyer.MakeRecoveryCodes());
        var challenges = new List<string>();
        foreach (var _ in codes) challenges.Add(await buyer.Challenge());
        var accepted = new List<string>();
        for (var turn = 0; turn < codes.Length; turn++)
        {
            var answering = BuyerSteps.AtOnce(10, _ => buyer.Answer(challenges[turn], new { recoveryCode = codes[turn] }));
            if (turn % 2 == 0) await Task.Delay(turn);
            service.Line.DropConnections();
            var answers = await answering;
            Assert.All(answers, answer => Assert.Contains((int)answer.Status, (int[])[200, 422, 503]));
            Assert.InRange(answers.Count(answer => answer.Status == HttpStatusCode.OK), 0, 1);
            if (answers.Any(answer => answer.Status == HttpStatusCode.OK)) accepted.Add(challenges[turn]);
            await buyer.LetTimePass();
        }
        await service.Recovered();
        // What was said to be accepted is stored; of what was not, it may be either, but each code opened at most one challenge.
        var (answered, used) = (await buyer.Count($"SELECT count(*) FROM challenges WHERE account_id = '{buyer.Account}' AND state = 'answered'"),
            await buyer.Count($"SELECT count(*) FROM recovery_codes WHERE account_id = '{buyer.Account}' AND used_at IS NOT NULL"));
        Assert.Equal(answered, used);
        Assert.Equal(answered, await buyer.Audited("challenge.answered"));
        Assert.InRange(answered, accepted.Count, codes.Length);
        foreach (var challenge in accepted) Assert.Equal("answered", (await buyer.Get($"/v1/challenges/{challenge}"))["state"]);
    }

    [Fact]
    public async Task Redis_Away_ChangesNothing()
    {
        await service.Installation.Redis.Kill();
        try
        {
            using var page = new AccountPage(service.Installation, service.Api);
            using var buyer = NewBuyer();
            await buyer.Enrol(-1);
            var payment = await Pay(buyer);
            Buyer.MustRefuse(422, "challenge_refused", await payment.AnswerWrongly());
            Buyer.Must(HttpStatusCode.OK, await payment.Redeem(await payment.Prove()));
            using var other = NewBuyer();
            var sent = await Pay(other);
            Buyer.Must(HttpStatusCode.OK, await sent.Answer(new { sentCode = await sent.SentCode() }));
            Buyer.Must(HttpStatusCode.Created, await buyer.Post("/v1/challenges", new { accountId = buyer.Account, action = "add_factor" }));
            Assert.Equal(HttpStatusCode.OK, (await page.Freeze(buyer.Account)).Status);
            Assert.Equal("decline", (await buyer.Post("/v1/assessments", ChallengedPayment.Body(buyer.Account, buyer.Account + "_frozen")))["decision"]);
        }
        finally { await service.Installation.Redis.Start(); }
    }

    [Fact]
    public async Task Api_KilledAmongTwoHundredAnswers_AcceptsNoCodeTwice()
    {
        const int buyerCount = 20;
        var buyers = Enumerable.Range(0, buyerCount).Select(_ => NewBuyer()).ToList();
        var prepared = await Task.WhenAll(buyers.Select(async buyer =>
        {
            var codes = Codes(await buyer.MakeRecoveryCodes());
            var challenges = new List<string>();
            foreach (var _ in codes) challenges.Add(await buyer.Challenge());
            return codes.Zip(challenges, (code, challenge) => (Buyer: buyer, Code: code, Challenge: challenge)).ToList();
        }));
        var all = prepared.SelectMany(one => one).ToList();
        var answeredCount = 0;
        var answering = prepared.Select(async answers =>
        {
            var accepted = new List<bool>();
            foreach (var (buyer, code, challenge) in answers)
            {
                accepted.Add((await Try(buyer, challenge, code))?.Status == HttpStatusCode.OK);
                if (accepted[^1]) Interlocked.Increment(ref answeredCount);
            }
            return accepted;
        }).ToList();
        await Eventually.Holds("some are answered", () => Task.FromResult(Volatile.Read(ref answeredCount) >= all.Count / 4));
        await service.Api.Kill();
        var before = (await Task.WhenAll(answering)).SelectMany(one => one).ToList();
        await service.StartAgain();
        await service.Installation.Postgres.Execute("UPDATE accounts SET failures = 0, lock_seconds = 0, locked_until = NULL", service.Installation.Database);
        var again = (await Task.WhenAll(prepared.Select(AnswerAgain))).SelectMany(one => one).ToList();
        TestContext.Current.SendDiagnosticMessage("Answered before the kill: {0} of {1}; after: {2}", before.Count(one => one), all.Count, again.Count(one => one));
        Assert.DoesNotContain(before.Zip(again), pair => pair is (true, true));
        var ids = string.Join(", ", buyers.Select(buyer => $"'{buyer.Account}'"));
        Assert.Equal(all.Count, await buyers[0].Count($"SELECT count(*) FROM audit_entries WHERE action = 'challenge.answered' AND account_id IN ({ids})"));
        Assert.Equal(all.Count, await buyers[0].Count($"SELECT count(*) FROM recovery_codes WHERE used_at IS NOT NULL AND account_id IN ({ids})"));
        var verified = await CommandRun.Run(service.Installation, "audit", "verify", "--json");
        Assert.True(verified.ExitCode == 0 && (bool)verified.Json["isWhole"]!, verified.Output + verified.Errors);
        foreach (var buyer in buyers) buyer.Dispose();
    }

    /// <summary>Which of one buyer's answers are accepted, each when nothing that was refused before counts.</summary>
    private static async Task<List<bool>> AnswerAgain(List<(Buyer Buyer, string Code, string Challenge)> answers)
    {
        var accepted = new List<bool>();
        foreach (var (buyer, code, challenge) in answers)
        {
            accepted.Add((await buyer.Answer(challenge, new { recoveryCode = code })).Status == HttpStatusCode.OK);
            if (!accepted[^1]) await buyer.LetTimePass();
        }
        // Nor on another challenge.
        var (owner, used, _) = answers[0];
        Buyer.MustRefuse(422, "challenge_refused", await owner.Answer(await owner.Challenge(), new { recoveryCode = used }));
        return accepted;
    }

    private static Func<Task> Sync(Action action) => () =>
    {
        action();
        return Task.CompletedTask;
    };

    private static string[] Codes(Answer made) => [.. Buyer.Must(HttpStatusCode.Created, made).Json["codes"]!.AsArray().Select(code => (string)code!)];

    /// <summary>Null: there was no answer.</summary>
    private static async Task<Answer?> Try(Buyer buyer, string challenge, string code)
    {
        try { return await buyer.Answer(challenge, new { recoveryCode = code }); }
        catch (HttpRequestException) { return null; }
    }

    private async Task FailsClosed(Func<Task> begin, Func<Task> end)
    {
        using var page = new AccountPage(service.Installation, service.Api);
        using var buyer = NewBuyer();
        using var frozen = NewBuyer();
        using var device = new SoftwareAuthenticator(Installation.PasskeyOrigin);
        using var passkeyOwner = NewBuyer();
        await buyer.Enrol(-1);
        await ChallengedPayment.AddPasskey(passkeyOwner, device);
        var (proved, answered, byPasskey, sent) = (await Pay(buyer), await Pay(buyer), await Pay(passkeyOwner), await Pay(frozen));
        var proof = await proved.Prove();
        var code = await sent.SentCode();
        var credential = device.Get(await byPasskey.PasskeyOptions());
        Assert.Equal(HttpStatusCode.OK, (await page.Freeze("taken_" + buyer.Account)).Status);
        var (_, recovery) = await page.Post($"/v1/accounts/taken_{buyer.Account}/recoveries", """{"reason":"came"}""", "staff-1", "accounts:recover");
        var approval = $"/v1/accounts/taken_{buyer.Account}/recoveries/{recovery!["id"]}/approve";
        await begin();
        try
        {
            Task<Answer>[] asked =
            [
                answered.AnswerWithApp(1), sent.Answer(new { sentCode = code }), byPasskey.AnswerWith(credential), sent.Send(), byPasskey.OfferPasskey(),
                proved.Redeem(proof, "key"),
                buyer.Post("/v1/challenges", new { accountId = buyer.Account, action = "add_factor" }), buyer.Get($"/v1/challenges/{answered.ChallengeId}"),
                buyer.Post($"{buyer.Factors}/totp", new { proof }), buyer.Post($"{buyer.Factors}/email", new { address = "b@example.com", proof }),
                buyer.Remove(buyer.FactorId, proof),
                buyer.Confirm(buyer.FactorId, "123456"), buyer.MakeRecoveryCodes(proof), buyer.Get(buyer.Factors), buyer.Post($"/v1/accounts/{buyer.Account}/recover", new { proof }),
            ];
            Task<(HttpStatusCode Status, JsonNode? Body)>[] staff =
            [
                page.Freeze(buyer.Account), page.Post(approval, "{}", "staff-2", "accounts:recover"),
                page.Post($"/v1/accounts/{buyer.Account}/recoveries", """{"reason":"came"}""", "staff-1", "accounts:recover"),
            ];
            foreach (var answer in await Task.WhenAll(asked).WaitAsync(HangMin)) Buyer.MustRefuse(503, "unavailable", answer);
            foreach (var (status, body) in await Task.WhenAll(staff).WaitAsync(HangMin))
                Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (status, (string)body!["code"]!));
            var assessed = Buyer.Must(HttpStatusCode.OK, await buyer.Post("/v1/assessments", ChallengedPayment.Body(buyer.Account, buyer.Account + "_away")).WaitAsync(HangMin));
            Assert.Equal(("review", null), (assessed["decision"], assessed["challenge"]));
            Assert.Contains("challenge", assessed.Json["degraded"]!.AsArray().Select(name => (string)name!));
        }
        finally { await end(); }
        await service.Recovered();
        // Nothing was done meanwhile, and nothing counted.
        Assert.Equal("open", await answered.State());
        foreach (var one in (Buyer[])[buyer, frozen, passkeyOwner])
            Assert.Equal(0, await one.Count($"SELECT count(*) FROM accounts WHERE id = '{one.Account}' AND (failures > 0 OR frozen_at IS NOT NULL)"));
        Assert.Equal(1, await buyer.Count($"SELECT count(*) FROM recoveries WHERE account_id IN ('{buyer.Account}', 'taken_{buyer.Account}') AND state = 'pending'"));
        await MustBeGoodOnce(() => answered.AnswerWithApp(1));
        await MustBeGoodOnce(() => sent.Answer(new { sentCode = code }));
        await MustBeGoodOnce(() => byPasskey.AnswerWith(credential));
        Buyer.Must(HttpStatusCode.OK, await proved.Redeem(proof, "key"));
        Buyer.MustRefuse(409, "proof_redeemed", await proved.Redeem(proof, "key2"));
    }

    private static async Task MustBeGoodOnce(Func<Task<Answer>> answer)
    {
        var answers = await BuyerSteps.AtOnce(10, _ => answer());
        Assert.Single(answers, one => one.Status == HttpStatusCode.OK);
        Assert.Equal(9, answers.Count(one => one["code"] == "challenge_refused"));
    }

    private Buyer NewBuyer() => Buyer.New(service.Installation, service.Api);

    private Task<ChallengedPayment> Pay(Buyer buyer) => ChallengedPayment.Of(service.Installation, buyer);
}
