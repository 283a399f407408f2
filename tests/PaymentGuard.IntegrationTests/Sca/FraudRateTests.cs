using System.Net;
using System.Text.Json.Nodes;
using PaymentGuard.Domain.Sca;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Sca;

namespace PaymentGuard.IntegrationTests.Sca;

/// <summary>The fraud rate from recorded payments, and transaction risk analysis by it.</summary>
public sealed class FraudRateTests(TestServers servers)
{
    private static readonly Quarter Now = FraudRates.QuarterAt(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task Get_PaymentsAndReports_AreSummedUpByHand()
    {
        await using var installation = await ScaCheckout.Install(servers);
        using var shop = await ScaCheckout.Start(installation);
        var (quarter, start) = (Now.Previous, Now.Previous.Start);
        await Pay("first-moment", 100_000, start);
        await Pay("last-moment", 50_000, Now.Start.AddTicks(-10));
        await Pay("before", 7_777, start.AddTicks(-10));
        await Pay("after", 8_888, Now.Start);
        await Pay("pounds", 10_000, start.AddDays(3), currency: "GBP");            // 120.00 EUR
        await Pay("no-rate", 10_000, start.AddDays(3), currency: "USD");
        await Pay("transfer", 40_000, start.AddDays(4), new { instrument = "credit_transfer", trustedPayee = true });
        await Pay("other", 40_000, start.AddDays(4), new { instrument = "other", trustedPayee = true });
        await Pay("one-leg-out", 40_000, start.AddDays(4), new { payerCountry = "US" });
        await Pay("reviewed", 600_000, start.AddDays(5));
        await Pay("declined", 30_000, start.AddDays(5));
        await Pay("declined-then-authorized", 20_000, start.AddDays(5));
        await Pay("fraud", 150, start.AddDays(6));
        await Pay("fraud-cleared", 3_000, start.AddDays(6));
        await Pay("fraud-twice", 50, start.AddDays(6));
        var challenged = await shop.Assess(ScaCheckout.Payment("challenged", 9_800, new { }, at: start.AddDays(7)));
        var open = await shop.Assess(ScaCheckout.Payment("open", 9_900, new { }, at: start.AddDays(7)));
        Assert.Equal(("challenge", "challenge"), (challenged.Decision, open.Decision));
        await shop.Redeem(challenged, sca: true);
        await shop.Tell("payment.declined", "declined", start.AddDays(5));
        await shop.Tell("payment.declined", "declined-then-authorized", start.AddDays(5));
        await shop.Tell("payment.authorized", "declined-then-authorized", start.AddDays(5).AddSeconds(1));
        await shop.Tell("payment.fraud_reported", "fraud");                        // reported in this quarter, made in the last one
        await shop.Tell("payment.fraud_reported", "fraud-cleared", start.AddDays(8));
        await shop.Tell("payment.fraud_cleared", "fraud-cleared", start.AddDays(9));
        await shop.Tell("payment.fraud_reported", "fraud-twice", start.AddDays(8));
        await shop.Tell("payment.fraud_reported", "fraud-twice", start.AddDays(9));
        await shop.Tell("payment.fraud_reported", "declined", start.AddDays(9));

        var card = (await Rate(shop, quarter.ToString())).Single(one => (string)one!["instrument"]! == "card")!;
        // 100,000 + 50,000 + 12,000 + 20,000 + 150 + 3,000 + 50 + 9,800; the one without a rate counts as a payment only.
        Assert.Equal((9, 195_000, 2, 200, 1), ((int)card["payments"]!, (int)card["totalMinor"]!, (int)card["frauds"]!, (int)card["fraudMinor"]!, (int)card["withoutRate"]!));
        Assert.Equal("0.102564", (string)card["ratePercent"]!);
        // The quarter before was good, so its band is still in use after the first bad one.
        Assert.Equal(["within in_use 10000", "above in_use 25000"], card["bands"]!.AsArray().Select(band => $"{band!["standing"]} {band["use"]} {band["amountMax"]!["minor"]}"));
        Assert.Equal(["0.130000", "0.060000"], card["bands"]!.AsArray().Select(band => (string)band!["referencePercent"]!));
        var transfer = (await Rate(shop, quarter.ToString())).Single(one => (string)one!["instrument"]! == "credit_transfer")!;
        Assert.Equal((1, 40_000, "0.000000"), ((int)transfer["payments"]!, (int)transfer["totalMinor"]!, (string)transfer["ratePercent"]!));
        var before = (await Rate(shop, quarter.Previous.ToString())).Single(one => (string)one!["instrument"]! == "card")!;
        Assert.Equal((1, 7_777), ((int)before["payments"]!, (int)before["totalMinor"]!));
        var current = (await Rate(shop, null)).Single(one => (string)one!["instrument"]! == "card")!;
        Assert.Equal((1, 8_888), ((int)current["payments"]!, (int)current["totalMinor"]!));

        Task Pay(string id, long minor, DateTimeOffset at, object? sca = null, string currency = "EUR") =>
            shop.Checkout.Assess(ScaCheckout.Payment(id, minor, sca, account: "a_" + id, currency: currency, at: at));
    }

    [Fact]
    public async Task Assess_TransactionRisk_GoesByTheLastQuarterAndTheFindings()
    {
        await using var installation = await ScaCheckout.Install(servers);
        using (var shop = await ScaCheckout.Start(installation))
        {
            await shop.Checkout.Assess(ScaCheckout.Payment("old", 1_000_00, null, at: Now.Previous.Start.AddDays(1)));
            await shop.Checkout.Assess(ScaCheckout.Payment("old-fraud", 1_00, null, at: Now.Previous.Start.AddDays(1)));
            await shop.Tell("payment.fraud_reported", "old-fraud");             // 0.0999 %: the first band
            Assert.Equal(("challenge", "no_fraud_rate"), (await shop.Pay(10_000)).Short);
        }
        using var next = await ScaCheckout.Start(installation);
        await Eventually.Holds("the rates are read", async () => (await next.Pay(10_000)).Exemption == "transaction_risk");
        Assert.Equal(("approve", "transaction_risk"), (await next.Pay(10_000)).Short);
        Assert.Equal(("challenge", "amount_above_band"), (await next.Pay(10_001)).Short);
        Assert.Equal(("challenge", "risk_found"), (await next.Pay(10_000, channel: "risky")).Short);
        Assert.Equal(("challenge", "amount_above_limit"), (await next.Pay(10_000, new { instrument = "credit_transfer" })).Short);
    }

    [Fact]
    public async Task Assess_ASignalIsNotKnown_RiskIsNotLow()
    {
        await using var installation = await ScaCheckout.Install(servers);
        installation.WriteRule("reads-card.yaml", "id: reads-card\ndescription: Reads the card's log\naction: observe\nwhen: card.count(1h) > 1000\nmode: live\nowner: tests\n");
        using (var shop = await ScaCheckout.Start(installation)) await shop.Checkout.Assess(ScaCheckout.Payment("old", 100_000, null, at: Now.Previous.Start));
        using var next = await ScaCheckout.Start(installation);
        await Eventually.Holds("the rates are read", async () => (await next.Pay(10_000)).Exemption == "transaction_risk");
        await installation.Redis.Kill();
        await Eventually.Holds("the log is unknown", async () => (await next.Pay(10_000)).Reason == "risk_analysis_incomplete");
        Assert.Equal(("approve", "low_value"), (await next.Pay(1_000, account: "a_9")).Short);
    }

    [Fact]
    public async Task Get_WrongQuarterOrScope_IsRefused()
    {
        await using var installation = await ScaCheckout.Install(servers, ownPostgres: true);
        using var shop = await ScaCheckout.Start(installation);
        foreach (var wrong in new[] { "2026-Q5", "2026-Q0", "2026Q1", "", "x", "1969-Q4", "9999-Q4", "0001-Q1", Now.Next.ToString(), "2026-Q1&quarter=2026-Q2" })
        {
            var answer = await shop.Checkout.Send(HttpMethod.Get, $"/v1/sca/fraud-rate?quarter={wrong}");
            Assert.Equal((HttpStatusCode.BadRequest, "/quarter"), (answer.Status, answer.Pointers.Single()));
            AssessmentTests.AssertProblem(answer);
        }
        Assert.Equal(HttpStatusCode.Forbidden, (await shop.Checkout.Send(HttpMethod.Get, "/v1/sca/fraud-rate", token: installation.Tokens.Sign("risk:assess"))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await shop.Checkout.Send(HttpMethod.Get, "/v1/sca/fraud-rate", token: "")).Status);
        var empty = (await Rate(shop, null)).Single(one => (string)one!["instrument"]! == "card")!;
        Assert.Null(empty["ratePercent"]);
        Assert.Null(empty["bands"]![0]!["standing"]);
        await installation.Postgres.Kill();
        var away = await shop.Checkout.Send(HttpMethod.Get, "/v1/sca/fraud-rate");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (away.Status, away["code"]!));
    }

    [Fact]
    public async Task OpenApi_Always_ShowsTheFields()
    {
        await using var installation = await ScaCheckout.Install(servers);
        using var shop = await ScaCheckout.Start(installation);
        var schemas = (await shop.Checkout.Send(HttpMethod.Get, "/openapi/v1.json", token: "")).Json["components"]!["schemas"]!;
        Assert.Equal(["card", "credit_transfer", "other"], schemas["ScaFacts"]!["properties"]!["instrument"]!["enum"]!.AsArray().Select(word => (string)word!));
        Assert.Contains("count_above_limit", schemas["AnswerSca"]!["properties"]!["reason"]!["enum"]!.AsArray().Select(word => (string)word!));
        Assert.NotNull(schemas["AssessmentAnswer"]!["properties"]!["sca"]);
        Assert.NotNull(schemas["FraudRateAnswer"]);
    }

    private static async Task<JsonArray> Rate(ScaCheckout shop, string? quarter)
    {
        var answer = await shop.Checkout.Send(HttpMethod.Get, "/v1/sca/fraud-rate" + (quarter is null ? "" : $"?quarter={quarter}"));
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal((quarter ?? Now.ToString(), quarter is not null, "EUR"), ((string)answer.Json["quarter"]!, (bool)answer.Json["isOver"]!, (string)answer.Json["currency"]!));
        return answer.Json["instruments"]!.AsArray();
    }
}
