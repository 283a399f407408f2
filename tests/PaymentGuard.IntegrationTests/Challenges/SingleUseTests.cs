using System.Net;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Tests.Challenges;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>What counts once counts once, also for a hundred requests at the same moment.</summary>
public sealed class SingleUseTests(StepUpService service) : IClassFixture<StepUpService>
{
    private const int Calls = 100;

    [Fact]
    public async Task SentCode_ToADeviceWithKnowledge_IsStrongAndGoodOnce()
    {
        using var buyer = service.NewBuyer();
        var payment = await Pay(buyer);
        var code = await payment.SentCode("sms");
        var answers = await BuyerSteps.AtOnce(Calls, _ => payment.Answer(new { sentCode = code, knowledgeVerified = true }));
        var accepted = Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(("sms", "true"), (accepted["method"], accepted["sca"]));
        Assert.Equal(Calls - 1, answers.Count(answer => answer["code"] == "challenge_refused"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0u)]
    [InlineData(41u)]
    public async Task Passkey_OneAnswerHundredTimes_IsGoodOnce(uint? signCount)
    {
        using var buyer = service.NewBuyer();
        using var device = new SoftwareAuthenticator(Installation.PasskeyOrigin) { SignCount = signCount };
        await ChallengedPayment.AddPasskey(buyer, device);
        var (payment, other) = (await Pay(buyer), await Pay(buyer));
        var credential = device.Get(await payment.PasskeyOptions());
        var answers = await BuyerSteps.AtOnce(Calls, call => (call % 10 == 9 ? other : payment).AnswerWith(credential));
        Assert.Equal("true", Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK)["sca"]);
        Assert.Equal(Calls - 1, answers.Count(answer => answer["code"] == "challenge_refused"));
        Assert.Equal(1, await buyer.Audited("challenge.answered"));
        await buyer.LetTimePass();
        Buyer.MustRefuse(422, "challenge_refused", await payment.AnswerWith(credential));
        Buyer.MustRefuse(422, "challenge_refused", await other.AnswerWith(credential));
        // The device itself goes on being good.
        Buyer.Must(HttpStatusCode.OK, await other.AnswerWith(device.Get(await other.PasskeyOptions())));
    }

    [Fact]
    public async Task Redeem_HundredTimesWithOneKey_IsDoneOnceAndAnsweredAlike()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol(-1);
        var payment = await Pay(buyer);
        var proof = await payment.Prove();
        var answers = await BuyerSteps.AtOnce(Calls, _ => payment.Redeem(proof, "key"));
        Assert.All(answers, answer => Buyer.Must(HttpStatusCode.OK, answer));
        Assert.Single(answers.Select(answer => answer.Text).Distinct(StringComparer.Ordinal));
        Assert.Equal(1, await buyer.Audited("proof.redeemed"));
        // Also when the proof itself is good no more, because the caller never got the first answer.
        await payment.Set("proof_expires_at = now() - interval '1 hour'");
        Assert.Equal(answers[0].Text, Buyer.Must(HttpStatusCode.OK, await payment.Redeem(proof, "key")).Text);
        Buyer.MustRefuse(409, "proof_redeemed", await payment.Redeem(proof, "key", minor: 1));
        Buyer.MustRefuse(409, "proof_redeemed", await payment.Redeem(proof, "key2"));
        Assert.Equal("redeemed", await payment.State());
    }

    [Fact]
    public async Task Send_HundredTimesOverTwoChallenges_SendsThreeCodes()
    {
        using var buyer = service.NewBuyer();
        ChallengedPayment[] payments = [await Pay(buyer), await Pay(buyer)];
        var answers = await BuyerSteps.AtOnce(Calls, call => payments[call % 2].Send(call % 4 < 2 ? "email" : "sms"));
        Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.Accepted));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.Accepted), answer => Buyer.MustRefuse(429, "too_many_codes", answer));
        Assert.Equal((3, 3), (await buyer.Told("code"), await buyer.Audited("challenge.code_sent")));
        // Five minutes later three more, and so on, up to fifteen within the hour.
        for (var sent = 3; sent < 15; sent += 3)
        {
            await LetFiveMinutesPass(buyer);
            for (var code = 0; code < 3; code++) Buyer.Must(HttpStatusCode.Accepted, await payments[0].Send());
            Buyer.MustRefuse(429, "too_many_codes", await payments[0].Send());
        }
        await LetFiveMinutesPass(buyer);
        Buyer.MustRefuse(429, "too_many_codes", await payments[0].Send());
    }

    private static Task LetFiveMinutesPass(Buyer buyer) =>
        buyer.Execute($"UPDATE accounts SET codes_sent_at = ARRAY(SELECT t - interval '5 minutes' FROM unnest(codes_sent_at) t ORDER BY t) WHERE id = '{buyer.Account}'");

    private Task<ChallengedPayment> Pay(Buyer buyer) => ChallengedPayment.Of(service.Installation, buyer);
}
