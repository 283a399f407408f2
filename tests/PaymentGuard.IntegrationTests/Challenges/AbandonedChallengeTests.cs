using System.Net;
using System.Text.Json.Nodes;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>A PaymentGuard that declines whoever does not pass his challenges.</summary>
public sealed class StrictService(TestServers servers) : IAsyncLifetime
{
    internal Installation Installation { get; private set; } = null!;

    internal ApiProcess Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Installation = await servers.Install();
        Installation.WriteRule("above.yaml", "id: above\naction: challenge\nwhen: amount > 100 EUR\nmode: live\n");
        Installation.WriteRule("failures.yaml", "id: failures\naction: decline\nwhen: account.challenge_failures(1h) >= 3\nmode: live\n");
        Api = await Installation.StartApi();
    }

    public ValueTask DisposeAsync() => Installation?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Challenges that were left or failed are seen by whoever reads the assessment, and by the rules.</summary>
public sealed class AbandonedChallengeTests(StrictService service) : IClassFixture<StrictService>
{

    [Fact]
    public async Task Challenge_FailedLeftAndProvedButNotRedeemed_IsToldAndCounted()
    {
        using var buyer = NewBuyer();
        await buyer.Enrol(-1);
        var (left, proved) = (await Pay(buyer), await Pay(buyer));
        Assert.Equal("open", (string)(await Outcome(buyer, left))["state"]!);
        await left.AnswerWrongly();
        await proved.Prove();
        Assert.Equal(("answered", "totp"), ((string)(await Outcome(buyer, proved))["state"]!, (string)(await Outcome(buyer, proved))["method"]!));
        Assert.Equal("approve", await PayLittle(buyer));
        await left.Set("expires_at = now()");
        await proved.Set("proof_expires_at = now()");
        await Eventually.Holds("both are noted as abandoned", async () => await buyer.Audited("challenge.abandoned") == 2);
        foreach (var payment in (ChallengedPayment[])[left, proved])
        {
            Assert.Equal("abandoned", (string)(await Outcome(buyer, payment))["state"]!);
            Assert.Equal("abandoned", await payment.State());
            Buyer.MustRefuse(422, "challenge_refused", await payment.AnswerWithApp(1));
        }
        // One failure, two left; the answers since then come on top.
        await Eventually.Holds("the rules see them", async () => await PayLittle(buyer) == "decline");
        using var other = NewBuyer();
        Assert.Equal("approve", await PayLittle(other));
    }

    [Fact]
    public async Task Challenge_LeftAlone_IsCountedLikeAFailureAndARedeemedOneNever()
    {
        using var buyer = NewBuyer();
        using var payer = NewBuyer();
        await payer.Enrol(-1);
        for (var left = 0; left < 3; left++) await (await Pay(buyer)).Set("expires_at = now()");
        var redeemed = await Pay(payer);
        Buyer.Must(HttpStatusCode.OK, await redeemed.Redeem(await redeemed.Prove()));
        await redeemed.Set("expires_at = now() - interval '1 day', proof_expires_at = now() - interval '1 day'");
        await Eventually.Holds("the rules see them", async () => await PayLittle(buyer) == "decline");
        Assert.Equal(3, await buyer.Count($"SELECT count(*) FROM challenges WHERE account_id = '{buyer.Account}' AND state = 'abandoned'"));
        Assert.Equal((3, 0), (await buyer.Audited("challenge.abandoned"), await payer.Audited("challenge.abandoned")));
        Assert.Equal("redeemed", await redeemed.State());
        Assert.Equal("approve", await PayLittle(payer));
    }

    private static async Task<JsonNode> Outcome(Buyer buyer, ChallengedPayment payment) =>
        Buyer.Must(HttpStatusCode.OK, await buyer.Get($"/v1/assessments/{payment.Assessed["id"]}")).Json["outcome"]!;

    private static async Task<string?> PayLittle(Buyer buyer) =>
        Buyer.Must(HttpStatusCode.OK, await buyer.Post("/v1/assessments", ChallengedPayment.Body(buyer.Account, $"little_{Guid.NewGuid():N}", minor: 100)))["decision"];

    private Buyer NewBuyer() => Buyer.New(service.Installation, service.Api);

    private Task<ChallengedPayment> Pay(Buyer buyer) => ChallengedPayment.Of(service.Installation, buyer);
}
