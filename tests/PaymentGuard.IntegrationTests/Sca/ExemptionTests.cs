using System.Net;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Sca;

/// <summary>Exemptions from strong authentication, over HTTP and with what PostgreSQL has of the account.</summary>
public sealed class ExemptionTests(TestServers servers, ScaScenario scenario) : IClassFixture<ScaScenario>
{
    private static readonly (string, string?) LowValue = ("approve", "low_value"), CountFull = ("challenge", "count_above_limit");

    [Fact]
    public async Task Assess_WithoutSca_HasNoneAndCountsNothing()
    {
        using var shop = scenario.Shop();
        for (var payment = 0; payment < 8; payment++)
        {
            var answer = await shop.Checkout.Assess(Checkout.Payment($"plain_{payment}", account: shop.Account));
            Assert.Equal("approve", answer["decision"]);
            Assert.Null(answer.Json["sca"]);
        }
        Assert.Equal(LowValue, (await shop.Pay(3_000)).Short);
    }

    [Fact]
    public async Task Assess_LowValue_IsExemptSixTimesUntilStronglyAuthenticated()
    {
        using var shop = scenario.Shop();
        for (var payment = 0; payment < 6; payment++) Assert.Equal(LowValue, (await shop.Pay(3_000)).Short);
        var seventh = await shop.Pay(3_000);
        Assert.Equal(CountFull, seventh.Short);
        Assert.True(seventh.Required);
        Assert.StartsWith("chl_", (string)seventh.Json["challenge"]!["id"]!, StringComparison.Ordinal);
        Assert.Equal(LowValue, (await shop.Pay(3_000, account: "another")).Short);
        await shop.Redeem(seventh, sca: false);                 // a weaker proof: the payment is made, and nothing begins anew
        var eighth = await shop.Pay(100);
        Assert.Equal(CountFull, eighth.Short);
        await shop.Redeem(eighth, sca: true);
        for (var payment = 0; payment < 6; payment++) Assert.Equal(LowValue, (await shop.Pay(3_000)).Short);
        Assert.Equal(CountFull, (await shop.Pay(3_000)).Short);
    }

    [Fact]
    public async Task Assess_LowValueDeclinedByTheIssuer_IsNotCounted()
    {
        using var shop = scenario.Shop();
        var made = new List<ScaAnswer>();
        for (var payment = 0; payment < 6; payment++) made.Add(await shop.Pay(3_000));
        var (first, second) = ((string)made[0].Json["paymentId"]!, (string)made[1].Json["paymentId"]!);
        var now = TimeProvider.System.GetUtcNow();
        await shop.Tell("payment.declined", first, now);
        await shop.Tell("payment.declined", second, now);
        await shop.Tell("payment.authorized", second, now.AddSeconds(1));       // the later one counts
        Assert.Equal(LowValue, (await shop.Pay(3_000)).Short);
        Assert.Equal(CountFull, (await shop.Pay(3_000)).Short);
    }

    [Fact]
    public async Task Assess_LowValueByAmount_IsExemptUntilMoreThanTheLimitWasSpent()
    {
        await using var installation = await ScaCheckout.Install(servers, counter: "amount");
        using var shop = await ScaCheckout.Start(installation);
        foreach (var minor in new[] { 3_000, 3_000, 3_000, 1_000, 1 }) Assert.Equal(LowValue, (await shop.Pay(minor)).Short);
        Assert.Equal(("challenge", "cumulative_amount_above_limit"), (await shop.Pay(1)).Short);
        Assert.Equal(("challenge", "no_fraud_rate"), (await shop.Pay(3_001)).Short);
    }

    [Theory]
    [InlineData("count", 6)]
    [InlineData("amount", 4)]       // 4 × 30.00 EUR: after the fourth more than 100.00 was spent
    public async Task Assess_ManyOfOneAccountAtOnceAtTwoProcesses_LetsNoMoreThroughThanOneByOne(string counter, int exempt)
    {
        await using var installation = await ScaCheckout.Install(servers, counter);
        using var first = await ScaCheckout.Start(installation);
        using var second = await ScaCheckout.Start(installation);
        for (var round = 0; round < 5; round++)
        {
            var account = $"parallel_{round}";
            var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(n => (n % 2 == 0 ? first : second).Pay(3_000, account: account)));
            Assert.All(answers, answer => Assert.True((bool)answer.Json["recorded"]!));
            Assert.Equal(exempt, answers.Count(answer => answer.Short == LowValue));
            Assert.All(answers.Where(answer => answer.Decision != "approve"), answer =>
            {
                Assert.Equal(counter == "count" ? "count_above_limit" : "cumulative_amount_above_limit", answer.Reason);
                Assert.Equal("challenge", answer.Decision);
                Assert.NotNull(answer.Json["challenge"]);
            });
        }
        Assert.Equal(5L * exempt, await AssessmentTests.Scalar(installation, "SELECT count(*) FROM assessments WHERE sca = 'low_value' AND decision = 'approve'"));
    }

    [Fact]
    public async Task Assess_SeriesOfPayments_IsRecurringOnceItsFirstWasAuthenticated()
    {
        using var shop = scenario.Shop();
        var series = new { seriesId = "s_1" };
        var first = await shop.Pay(5_000, series);
        Assert.Equal(("challenge", "first_of_series"), first.Short);
        await shop.Redeem(first, sca: false);
        var second = await shop.Pay(5_000, series);
        Assert.Equal(("challenge", "series_started_without_sca"), second.Short);
        await shop.Redeem(second, sca: true);
        Assert.Equal(("approve", "recurring"), (await shop.Pay(5_000, series)).Short);
        Assert.Equal(("challenge", "first_of_series"), (await shop.Pay(5_000, series, account: "another")).Short);
        Assert.Equal(("challenge", "series_terms_differ"), (await shop.Pay(5_000, series, payee: "m_2")).Short);
        Assert.Equal(("challenge", "payee_unknown"), (await shop.Pay(5_000, series, payee: null)).Short);
        var changed = await shop.Pay(5_001, series);
        Assert.Equal(("challenge", "series_terms_differ"), changed.Short);
        await shop.Redeem(changed, sca: true);
        Assert.Equal(("approve", "recurring"), (await shop.Pay(5_001, series)).Short);
        Assert.Equal(("challenge", "series_terms_differ"), (await shop.Pay(5_000, series)).Short);
    }

    [Fact]
    public async Task Assess_OutsideTheScopeOrTrusted_IsNotRequired()
    {
        using var shop = scenario.Shop();
        Assert.Equal(("approve", "merchant_initiated"), (await shop.Pay(90_000, new { initiatedBy = "merchant" })).Short);
        Assert.Equal(("approve", "one_leg_out"), (await shop.Pay(90_000, new { payerCountry = "US" })).Short);
        Assert.Equal(("approve", "one_leg_out"), (await shop.Pay(90_000, new { payeeCountry = "CN" })).Short);
        Assert.Equal(("approve", "trusted_payee"), (await shop.Pay(90_000, new { trustedPayee = true })).Short);
        Assert.Equal(("challenge", "payee_unknown"), (await shop.Pay(90_000, new { trustedPayee = true }, payee: null)).Short);
        Assert.Equal(("challenge", "instrument_unknown"), (await shop.Pay(90_000, new { instrument = "other" })).Short);
        Assert.Equal(("challenge", "no_limits_for_currency"), (await shop.Pay(90_000, currency: "USD")).Short);
    }

    [Fact]
    public async Task Assess_ARuleIsStricter_StaysSo()
    {
        using var shop = scenario.Shop();
        Assert.Equal(("review", "trusted_payee"), (await shop.Pay(500_001, new { trustedPayee = true })).Short);
        var required = await shop.Pay(500_001);
        Assert.Equal(("review", "no_fraud_rate"), required.Short);
        Assert.NotNull(required.Json["challenge"]);
    }

    [Fact]
    public async Task Assess_SamePaymentAgain_RepeatsAndCountsOnce()
    {
        await using var installation = await ScaCheckout.Install(servers);
        using var shop = await ScaCheckout.Start(installation);
        using var other = await ScaCheckout.Start(installation);
        for (var payment = 0; payment < 6; payment++)
        {
            var json = ScaCheckout.Payment($"again_{payment}", 3_000, new { }, shop.Account);
            var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(n => (n % 2 == 0 ? shop : other).Assess(json)));
            Assert.All(answers, answer => Assert.Equal(LowValue, answer.Short));
        }
        Assert.Equal(CountFull, (await shop.Pay(3_000)).Short);
        var conflict = await shop.Checkout.Assess(ScaCheckout.Payment("again_0", 3_000, new { trustedPayee = true }, shop.Account));
        Assert.Equal((HttpStatusCode.Conflict, "/sca/trustedPayee"), (conflict.Status, conflict.Pointers.Single()));
    }

    [Fact]
    public async Task Assess_PostgresAway_ExemptsNothingThatHasToBeCounted()
    {
        await using var installation = await ScaCheckout.Install(servers, ownPostgres: true);
        using var shop = await ScaCheckout.Start(installation);
        Assert.Equal(LowValue, (await shop.Pay(1_000)).Short);
        await installation.Postgres.Kill();
        for (var payment = 0; payment < 5; payment++)
        {
            var answer = await shop.Pay(1_000);
            Assert.Equal(("review", "facts_unknown"), answer.Short);
            Assert.Contains("sca", answer.Json["degraded"]!.AsArray().Select(name => (string)name!));
            Assert.Equal(("approve", "trusted_payee"), (await shop.Pay(1_000, new { trustedPayee = true })).Short);
        }
        await installation.Postgres.Start();
        await Eventually.Holds("low value is exempt again", async () => (await shop.Pay(1_000, account: "a_3")).Short == LowValue);
    }

    [Fact]
    public async Task Assess_PostgresSilentAfterTheFactsWereRead_DoesNotCountOnThem()
    {
        await using var installation = await ScaCheckout.Install(servers);
        await using var line = new TcpProxy(installation.Postgres.Address);
        installation.UsePostgresThrough(line);
        using var shop = await ScaCheckout.Start(installation);
        Assert.Equal(LowValue, (await shop.Pay(1_000)).Short);
        line.FallSilent();
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => shop.Pay(1_000, account: "a_5")));
        Assert.All(answers, answer => Assert.Equal(("review", "facts_unknown"), answer.Short));
        line.Speak();
    }
}
