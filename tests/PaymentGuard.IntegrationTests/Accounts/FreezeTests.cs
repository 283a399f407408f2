using System.Net;
using System.Text.Json.Nodes;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Accounts;

/// <summary>Freezing accounts, over HTTP and by rules.</summary>
public sealed class FreezeTests(TestServers servers)
{
    private const string TakeoverRule = """
        id: takeover
        action: decline
        when: amount > 100 EUR
        freeze: true
        mode: live
        """;

    [Fact]
    public async Task Freeze_ByStaff_IsAnsweredAudited_AndDeclinesThePaymentsThatFollow()
    {
        await using var installation = await Checkout.Install(servers);
        var api = await installation.StartApi();
        using var page = new AccountPage(installation, api);
        using var checkout = new Checkout(installation, api);
        Assert.Equal("approve", (await checkout.Assess(Checkout.Payment("before", account: "a/1")))["decision"]);
        var (status, answer) = await page.Freeze("a%2F1", """{"reason":"the buyer called","since":"2026-01-02T03:04:05Z"}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("a/1", (string)answer!["accountId"]!);
        Assert.Equal(DateTimeOffset.Parse("2026-01-02T03:04:05Z"), (DateTimeOffset)answer["compromise"]!["beganAt"]!);
        Assert.StartsWith("cmp_", (string)answer["compromise"]!["id"]!, StringComparison.Ordinal);
        Assert.Equal("decline", (await checkout.Assess(Checkout.Payment("after", account: "a/1")))["decision"]);
        Assert.Equal("approve", (await checkout.Assess(Checkout.Payment("other", account: "a/2")))["decision"]);
        Assert.Equal("staff-1 account.frozen", await page.Scalar("SELECT actor || ' ' || action FROM audit_entries WHERE account_id = 'a/1'"));
        Assert.Equal(1L, await page.Scalar("SELECT count(*) FROM notifications WHERE account_id = 'a/1' AND kind = 'account_frozen'"));
        Assert.Equal(0L, await page.Scalar("SELECT count(*) FROM compromises WHERE position('called' IN encode(reason, 'escape')) > 0"));
    }

    [Fact]
    public async Task Freeze_Again_AnswersTheSameAndOnlyAnEarlierBeginningCounts()
    {
        await using var installation = await Checkout.Install(servers);
        using var page = new AccountPage(installation, await installation.StartApi());
        var (_, first) = await page.Freeze("a", """{"reason":"one","since":"2026-01-02T00:00:00Z"}""");
        var (_, later) = await page.Freeze("a", """{"reason":"two","since":"2026-01-03T00:00:00Z"}""");
        Assert.Equal(first!.ToJsonString(), later!.ToJsonString());
        var (_, earlier) = await page.Freeze("a", """{"reason":"three","since":"2026-01-01T00:00:00Z"}""");
        Assert.Equal((string)first["frozenAt"]!, (string)earlier!["frozenAt"]!);
        Assert.Equal((string)first["compromise"]!["id"]!, (string)earlier["compromise"]!["id"]!);
        Assert.Equal(DateTimeOffset.Parse("2026-01-01T00:00:00Z"), (DateTimeOffset)earlier["compromise"]!["beganAt"]!);
        Assert.Equal("account.frozen compromise.extended", await page.Scalar("SELECT string_agg(action, ' ' ORDER BY number) FROM audit_entries"));
    }

    [Fact]
    public async Task Freeze_HundredTimesAtOnceAtTwoProcesses_IsOneIntervalAndOneMessage()
    {
        await using var installation = await Checkout.Install(servers);
        using var first = new AccountPage(installation, await installation.StartApi());
        using var second = new AccountPage(installation, await installation.StartApi());
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(call => (call % 2 == 0 ? first : second).Freeze("a")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Single(answers.Select(answer => (string)answer.Body!["compromise"]!["id"]!).Distinct());
        Assert.Equal("1 1 1", await first.Scalar("""
            SELECT (SELECT count(*) FROM compromises) || ' ' || (SELECT count(*) FROM notifications) || ' ' ||
                   (SELECT count(*) FROM audit_entries WHERE action = 'account.frozen')
            """));
    }

    [Fact]
    public async Task Freeze_OpenAndAnsweredChallenges_AreDead()
    {
        await using var installation = await Checkout.Install(servers);
        using var page = new AccountPage(installation, await installation.StartApi());
        foreach (var state in new[] { "open", "answered", "redeemed" })
            await page.Execute($"""
                INSERT INTO challenges (id, account_id, action, parameters, created_at, expires_at, factors_before, state)
                VALUES (gen_random_uuid(), 'a', 'add_factor', '{"{}"}', now(), now() + interval '5 min', now(), '{state}')
                """);
        await page.Freeze("a");
        Assert.Equal("dead dead redeemed", await page.Scalar("SELECT string_agg(state, ' ' ORDER BY state) FROM challenges"));
    }

    [Theory]
    [InlineData("accounts:freeze", HttpStatusCode.OK, "staff-1")]
    [InlineData("factors:write", HttpStatusCode.OK, "buyer:a")]
    [InlineData("risk:read", HttpStatusCode.Forbidden, null)]
    public async Task Freeze_ByScope_IsAllowedToStaffAndBuyer(string scope, HttpStatusCode expected, string? actor)
    {
        await using var installation = await Checkout.Install(servers);
        using var page = new AccountPage(installation, await installation.StartApi());
        Assert.Equal(expected, (await page.Freeze("a", scope: scope)).Status);
        Assert.Equal(actor, await page.Scalar("SELECT max(actor) FROM audit_entries") as string);
    }

    [Fact]
    public async Task Freeze_BodyThatIsNone_IsRefusedWithItsPlace()
    {
        await using var installation = await Checkout.Install(servers);
        using var page = new AccountPage(installation, await installation.StartApi());
        await Refused("{}", "invalid_field", "/reason");
        await Refused("""{"reason":null}""", "invalid_field", "/reason");
        await Refused("""{"reason":""}""", "invalid_field", "/reason");
        await Refused("""{"reason":7}""", "invalid_field", "/reason");
        await Refused("""{"reason":"r","reason":"r"}""", "invalid_field", "/reason");
        await Refused("""{"reason":"r","more":1}""", "invalid_field", "/more");
        await Refused("""{"reason":"r","since":"yesterday"}""", "invalid_field", "/since");
        await Refused("""{"reason":"r","since":"2126-01-01T00:00:00Z"}""", "invalid_field", "/since");
        await Refused("""{"reason":"paid with 4111 1111 1111 1111"}""", "card_number", "/reason");
        await Refused("""[]""", "invalid_field", "");
        await Refused("""{""", "invalid_json", "");
        Assert.Equal(0L, await page.Scalar("SELECT count(*) FROM compromises"));

        async Task Refused(string body, string code, string pointer)
        {
            var (status, answer) = await page.Freeze("a", body);
            Assert.Equal((HttpStatusCode.BadRequest, code), (status, (string)answer!["code"]!));
            Assert.Contains(pointer, answer["errors"]!.AsArray().Select(error => (string)error!["pointer"]!));
        }
    }

    [Fact]
    public async Task Freeze_PostgresAway_IsRefusedAndNothingIsHalfDone()
    {
        await using var installation = await Checkout.Install(servers);
        await using var line = new TcpProxy(installation.Postgres.Address);
        var direct = installation.Settings["PAYMENTGUARD_POSTGRES"];
        installation.UsePostgresThrough(line);
        using var page = new AccountPage(installation, await installation.StartApi());
        line.GoDown();
        var (status, answer) = await page.Freeze("a");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (status, (string)answer!["code"]!));
        line.GoUp();
        line.FallSilent();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await page.Freeze("a")).Status);
        line.Speak();
        installation.Settings["PAYMENTGUARD_POSTGRES"] = direct;
        Assert.Equal("0 0 0", await page.Scalar("SELECT (SELECT count(*) FROM compromises) || ' ' || (SELECT count(*) FROM notifications) || ' ' || (SELECT count(*) FROM audit_entries)"));
        installation.UsePostgresThrough(line);
        await Eventually.Holds("it freezes again", async () => (await page.Freeze("a")).Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Freeze_RedisAway_IsUnaffected()
    {
        await using var installation = await Checkout.Install(servers);
        using var page = new AccountPage(installation, await installation.StartApi());
        await installation.Redis.Kill();
        Assert.Equal(HttpStatusCode.OK, (await page.Freeze("a")).Status);
        Assert.Equal(HttpStatusCode.OK, (await page.Get("/v1/accounts/a")).Status);
    }

    [Fact]
    public async Task FreezeRule_Holds_FreezesWithinSecondsOnce()
    {
        await using var installation = await servers.Install();
        installation.WriteRule("takeover.yaml", TakeoverRule);
        var api = await installation.StartApi();
        using var page = new AccountPage(installation, api);
        using var checkout = new Checkout(installation, api);
        Assert.Equal("approve", (await checkout.Assess(Checkout.Payment("small", minor: 500)))["decision"]);
        var hit = await checkout.Assess(Checkout.Payment("large", minor: 50_000));
        Assert.Equal("decline", hit["decision"]);
        await Eventually.Holds("a small payment is declined as well", async () =>
            (await checkout.Assess(Checkout.Payment(Guid.NewGuid().ToString(), minor: 500)))["decision"] == "decline");
        await checkout.Assess(Checkout.Payment("larger", minor: 60_000));
        await Task.Delay(500);
        Assert.Equal("rule:takeover account.frozen", await page.Scalar("SELECT string_agg(actor || ' ' || action, ', ' ORDER BY number) FROM audit_entries WHERE action LIKE 'account.%' OR action LIKE 'compromise.%'"));
        Assert.Equal(1L, await page.Scalar("SELECT count(*) FROM compromises c JOIN assessments a ON a.id = c.assessment_id WHERE a.payment_id = 'large' AND c.began_at = a.occurred_at"));
    }

    [Fact]
    public async Task FreezeRule_InShadow_FreezesNobody()
    {
        await using var installation = await servers.Install();
        installation.WriteRule("takeover.yaml", TakeoverRule.Replace("mode: live", "mode: shadow", StringComparison.Ordinal));
        var api = await installation.StartApi();
        using var page = new AccountPage(installation, api);
        using var checkout = new Checkout(installation, api);
        Assert.Equal("approve", (await checkout.Assess(Checkout.Payment("large", minor: 50_000)))["decision"]);
        await Task.Delay(1_500);
        Assert.Equal(0L, await page.Scalar("SELECT count(*) FROM compromises"));
    }

    [Fact]
    public async Task FreezeRule_ProcessesKilledAtAnyPoint_FreezesEachAccountExactlyOnce()
    {
        await using var installation = await servers.Install();
        installation.WriteRule("takeover.yaml", TakeoverRule);
        for (var round = 0; round < 4; round++)
        {
            var api = await installation.StartApi();
            using var checkout = new Checkout(installation, api);
            await Task.WhenAll(Enumerable.Range(0, 20).Select(payment =>
                checkout.Assess(Checkout.Payment($"{round}_{payment}", minor: 50_000, account: $"a_{round}_{payment}"))));
            await Task.Delay(40 * round);
            await api.Kill();
        }
        using var page = new AccountPage(installation, await installation.StartApi());
        await Eventually.Holds("all are frozen", async () => await page.Scalar("SELECT count(*) FROM accounts WHERE frozen_at IS NOT NULL") is 80L);
        await Task.Delay(500);
        Assert.Equal("80 80 80 80", await page.Scalar("""
            SELECT (SELECT count(*) FROM compromises) || ' ' || (SELECT count(*) FROM rule_freezes) || ' ' ||
                   (SELECT count(*) FROM notifications WHERE kind = 'account_frozen') || ' ' ||
                   (SELECT count(*) FROM audit_entries WHERE action = 'account.frozen')
            """));
    }
}
