using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.IntegrationTests.Accounts;

/// <summary>What is shown of accounts: state, compromises with their payments, timeline.</summary>
public sealed class AccountHistoryTests(TestServers servers)
{
    [Fact]
    public async Task Get_AccountThatNothingIsKnownOf_IsNotToldFromOthers()
    {
        await using var installation = await Checkout.Install(servers);
        using var page = new AccountPage(installation, await installation.StartApi());
        var (status, state) = await page.Get("/v1/accounts/nobody");
        Assert.Equal((HttpStatusCode.OK, false), (status, (bool)state!["frozen"]!));
        Assert.Empty((await page.Get("/v1/accounts/nobody/compromises")).Body!["compromises"]!.AsArray());
        Assert.Empty((await page.Get("/v1/accounts/nobody/timeline")).Body!["items"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await page.Get("/v1/accounts/nobody/compromises/cmp_00000000000000000000000000000000/payments")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await page.Get("/v1/accounts/nobody/timeline?limit=0")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await page.Get("/v1/accounts/nobody/timeline?before=%2A")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await page.Get("/v1/accounts/4111111111111111")).Status);
    }

    [Fact]
    public async Task Compromises_PaymentsInside_AreListedPageByPage()
    {
        await using var installation = await Checkout.Install(servers);
        var api = await installation.StartApi();
        using var page = new AccountPage(installation, api);
        using var checkout = new Checkout(installation, api);
        for (var payment = 0; payment < 60; payment++) await checkout.Assess(At($"p{payment:00}", $"2026-03-01T10:{payment:00}:00Z"));
        await checkout.Assess(At("elsewhere", "2026-03-01T10:30:00Z", account: "b"));
        await page.Freeze("a", """{"reason":"seen","since":"2026-03-01T10:05:00Z"}""");
        var interval = (await page.Get("/v1/accounts/a/compromises")).Body!["compromises"]![0]!;
        var first = interval["payments"]!.AsArray();
        Assert.Equal((50, "p05", "approve", 1_000L, "EUR", "m_1"), (first.Count, (string)first[0]!["paymentId"]!, (string)first[0]!["decision"]!,
            (long)first[0]!["amount"]!["minor"]!, (string)first[0]!["amount"]!["currency"]!, (string)first[0]!["merchantId"]!));
        var rest = (await page.Get($"/v1/accounts/a/compromises/{interval["id"]}/payments?after={interval["morePayments"]}")).Body!;
        Assert.Equal(["p55", "p56", "p57", "p58", "p59"], rest["payments"]!.AsArray().Select(payment => (string)payment!["paymentId"]!));
        Assert.Null(rest["next"]);
        Assert.Equal("seen", (string)interval["reason"]!);
    }

    [Fact]
    public async Task Timeline_PageByPage_HoldsEverythingOnceNewestFirstAndNothingPersonal()
    {
        await using var installation = await Checkout.Install(servers);
        var api = await installation.StartApi();
        using var page = new AccountPage(installation, api);
        using var checkout = new Checkout(installation, api);
        for (var payment = 0; payment < 5; payment++) await checkout.Assess(Checkout.Payment($"p{payment}", account: "a"));
        await Tell(checkout, "account.signed_in", """{ "account": { "id": "a", "email": "canary@example.com" }, "device": { "id": "d_1", "ip": "203.0.113.77" } }""");
        await Tell(checkout, "payment.declined", """{ "payment": { "id": "p1" } }""");
        await page.Execute("""
            INSERT INTO challenges (id, account_id, action, parameters, created_at, expires_at, factors_before) VALUES (gen_random_uuid(), 'a', 'add_factor', '{}', now(), now(), now())
            """);
        await page.Freeze("a", """{"reason":"canary reason"}""");
        var whole = (await page.Get("/v1/accounts/a/timeline?limit=200")).Body!;
        var all = whole["items"]!.AsArray().Select(item => $"{item!["at"]} {item["kind"]} {item["id"]}").ToList();
        Assert.Equal(
            ["assessment 5", "audit 1", "challenge 1", "compromise 1", "event 2", "notification 1"],
            whole["items"]!.AsArray().GroupBy(item => (string)item!["kind"]!).Select(group => $"{group.Key} {group.Count()}").Order(StringComparer.Ordinal));
        var times = whole["items"]!.AsArray().Select(item => (DateTimeOffset)item!["at"]!).ToList();
        Assert.Equal(times.OrderDescending(), times);
        Assert.Null(whole["next"]);
        var paged = new List<string>();
        for (string? next = ""; next is not null;)
        {
            var part = (await page.Get($"/v1/accounts/a/timeline?limit=2{(next.Length > 0 ? "&before=" + next : "")}")).Body!;
            Assert.InRange(part["items"]!.AsArray().Count, 1, 2);
            paged.AddRange(part["items"]!.AsArray().Select(item => $"{item!["at"]} {item["kind"]} {item["id"]}"));
            next = (string?)part["next"];
        }
        Assert.Equal(all, paged);
        Assert.DoesNotContain("canary", whole.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113", whole.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Freeze_ByTheLinkOfANotification_BeginsWithWhatWasTold()
    {
        await using var installation = await Checkout.Install(servers);
        using var page = new AccountPage(installation, await installation.StartApi());
        var (id, at) = (Guid.CreateVersion7(), "2026-11-20T10:00:00Z");
        at = (TimeProvider.System.GetUtcNow() - TimeSpan.FromHours(3)).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        await page.Execute($"INSERT INTO notifications (id, account_id, kind, created_at) VALUES ('{id}', 'a', 'factor_added', '{at}')");
        var link = new NotMeTokens(DataKeys.Load(installation.ReadSettings().KeyFile), TimeProvider.System).Of(id);
        foreach (var (account, token) in new[] { ("b", link), ("a", link[..^2] + "AA"), ("a", "x") })
        {
            var (refused, problem) = await page.Freeze(account, $$"""{"reason":"not me","notification":"{{token}}"}""", "factors:write");
            Assert.Equal((HttpStatusCode.BadRequest, "/notification"), (refused, (string)problem!["errors"]![0]!["pointer"]!));
        }
        Assert.Equal(0L, await page.Scalar("SELECT count(*) FROM compromises"));
        var (status, answer) = await page.Freeze("a", $$"""{"reason":"not me","notification":"{{link}}"}""", "factors:write");
        Assert.Equal((HttpStatusCode.OK, DateTimeOffset.Parse(at)), (status, (DateTimeOffset)answer!["compromise"]!["beganAt"]!));
        Assert.Contains("account_frozen", answer["notices"]!.AsArray().Select(notice => (string)notice!));
    }

    private static string At(string id, string time, string account = "a") => $$"""
        { "payment": { "id": "{{id}}", "occurredAt": "{{time}}", "amount": { "minor": 1000, "currency": "EUR" } }, "merchant": { "id": "m_1" },
          "account": { "id": "{{account}}" }, "deadlineMs": 2000 }
        """;

    private static async Task Tell(Checkout checkout, string type, string data)
    {
        var json = new JsonObject
        {
            ["specversion"] = "1.0", ["source"] = "tests", ["id"] = type, ["type"] = type, ["time"] = TimeProvider.System.GetUtcNow().ToString("O"), ["data"] = JsonNode.Parse(data),
        };
        var answer = await checkout.Send(HttpMethod.Post, "/v1/events", new StringContent(json.ToJsonString(), Encoding.UTF8, "application/cloudevents+json"));
        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
    }
}
