using System.Net;
using System.Text.Json;
using PaymentGuard.IntegrationTests.Assessments;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>A payment that is challenged, from the decision to the redeemed proof.</summary>
public sealed class PaymentStepUpTests(StepUpService service) : IClassFixture<StepUpService>
{
    private const long Minor = 125_000;

    [Fact]
    public async Task Payment_ChallengedAnsweredAndRedeemed_TellsItsOutcome()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol(-1);
        var assessed = await Assess(buyer, "pay");
        var challenge = assessed.Json["challenge"]!;
        Assert.Equal(["totp"], challenge["methods"]!.AsArray().Select(method => (string)method!));
        Assert.Equal((Minor, "EUR", "m_5"), ((long)challenge["show"]!["amount"]!["minor"]!, (string)challenge["show"]!["amount"]!["currency"]!, (string)challenge["show"]!["payee"]!));
        var id = (string)challenge["id"]!;
        var proof = Buyer.Must(HttpStatusCode.OK, await buyer.Answer(id, new { totp = buyer.App.Code() }));
        Assert.Equal(("totp", "false"), (proof["method"], proof["sca"]));
        var redeemed = Buyer.Must(HttpStatusCode.OK, await Redeem(buyer, id, proof["proof"]!, "pay", key: "k1"));
        Assert.Equal(redeemed.Text, Buyer.Must(HttpStatusCode.OK, await Redeem(buyer, id, proof["proof"]!, "pay", key: "k1")).Text);
        Buyer.MustRefuse(409, "proof_redeemed", await Redeem(buyer, id, proof["proof"]!, "pay", key: "k2"));
        Buyer.MustRefuse(409, "proof_redeemed", await Redeem(buyer, id, proof["proof"]!, "pay", key: null));
        Assert.Equal("redeemed", (await buyer.Get($"/v1/challenges/{id}"))["state"]);
        Assert.Equal(1, await buyer.Audited("proof.redeemed"));
    }

    [Theory]
    [InlineData("accountId", ""), InlineData("accountId", "a\0b"), InlineData("accountId", "4111111111111111"), InlineData("paymentId", ""), InlineData("paymentId", "p\0"),
        InlineData("paymentId", "4111111111111111")]
    public async Task Open_ForWhatNothingCanBeCalled_IsRefusedWithItsPlace(string field, string name)
    {
        using var buyer = service.NewBuyer();
        var refused = await buyer.Post("/v1/challenges", field == "accountId" ? new { accountId = name, action = "add_factor" } : new { paymentId = name });
        Buyer.MustRefuse(400, "invalid_field", refused);
        Assert.Equal(["/" + field], refused.Pointers);
    }

    [Fact]
    public async Task Payment_OfAnAccountWithoutFactors_IsAnsweredWithTheCodeSentForThatPaymentOnly()
    {
        using var buyer = service.NewBuyer();
        var (first, second) = ((string)(await Assess(buyer, "one")).Json["challenge"]!["id"]!, (string)(await Assess(buyer, "two")).Json["challenge"]!["id"]!);
        Buyer.Must(HttpStatusCode.Accepted, await buyer.Post($"/v1/challenges/{first}/send", new { method = "email" }));
        var code = await buyer.SentCode("code", "email");
        var text = (string)(await buyer.Message("code", "email"))["text"]!;
        Assert.Contains("m_5", text, StringComparison.Ordinal);
        Assert.Contains("EUR", text, StringComparison.Ordinal);
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Answer(second, new { sentCode = code }));
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => buyer.Answer(first, new { sentCode = code })));
        Assert.Equal(("email", "false"), (Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK)["method"], answers.First(answer => answer.Status == HttpStatusCode.OK)["sca"]));
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Answer(first, new { sentCode = code }));
    }

    [Theory]
    [InlineData(Minor + 1, "EUR", "m_5"), InlineData(Minor, "USD", "m_5"), InlineData(Minor, "EUR", "m_6")]
    public async Task Redeem_ForOtherTerms_IsRefusedAndTheChallengeIsDead(long minor, string currency, string payee)
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol(-1);
        var id = (string)(await Assess(buyer, "pay")).Json["challenge"]!["id"]!;
        var proof = Buyer.Must(HttpStatusCode.OK, await buyer.Answer(id, new { totp = buyer.App.Code() }))["proof"]!;
        Buyer.MustRefuse(409, "payment_changed", await Redeem(buyer, id, proof, "pay", minor, currency, payee));
        Buyer.MustRefuse(409, "challenge_dead", await Redeem(buyer, id, proof, "pay"));
        Assert.Equal("dead", (await buyer.Get($"/v1/challenges/{id}"))["state"]);
        Assert.Equal(1, await buyer.Audited("sca.tx_mutated"));
    }

    [Fact]
    public async Task Redeem_HundredTimesAtOnce_SucceedsOnce()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol(-1);
        var id = (string)(await Assess(buyer, "pay")).Json["challenge"]!["id"]!;
        var proof = Buyer.Must(HttpStatusCode.OK, await buyer.Answer(id, new { totp = buyer.App.Code() }))["proof"]!;
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(call => Redeem(buyer, id, proof, "pay", key: $"k{call}")));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(99, answers.Count(answer => answer["code"] == "proof_redeemed"));
    }

    [Fact]
    public async Task Answer_HundredTimesAtOnceOnOneChallenge_SucceedsOnce()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol(-1);
        var id = (string)(await Assess(buyer, "pay")).Json["challenge"]!["id"]!;
        await MustSucceedOnce(buyer, [.. Enumerable.Repeat(id, 100)]);
    }

    [Fact]
    public async Task Answer_OneCodeOnHundredChallengesAtOnce_SucceedsOnce()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol(-1);
        var ids = new List<string>();
        for (var payment = 1; payment <= 100; payment++) ids.Add((string)(await Assess(buyer, $"pay{payment}")).Json["challenge"]!["id"]!);
        await MustSucceedOnce(buyer, ids);
    }

    [Fact]
    public async Task Answer_TwoHundredGuessesAtOnceAndTheRightCodeLast_ComparesFiveAndAcceptsNone()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol(-1);
        var ids = new List<string>();
        for (var payment = 1; payment <= 50; payment++) ids.Add((string)(await Assess(buyer, $"pay{payment}")).Json["challenge"]!["id"]!);
        var wrong = buyer.App.WrongCode();
        var guesses = Enumerable.Range(0, 200).Select(guess => buyer.Answer(ids[guess % ids.Count], new { totp = wrong })).ToList();
        // The first five must have been judged before it comes, or it is simply the right code in time.
        await Task.WhenAll(guesses.Take(20));
        var last = buyer.Answer(ids[^1], new { totp = buyer.App.Code() });
        foreach (var answer in await Task.WhenAll([.. guesses, last])) Buyer.MustRefuse(422, "challenge_refused", answer);
        Assert.Equal((0, 5), (await buyer.Audited("challenge.answered"), await buyer.Audited("challenge.refused", "wrong")));
        Assert.Equal((0, 196), (await buyer.Audited("challenge.refused", "closed"), await buyer.Audited("challenge.refused", "locked")));
        Assert.Equal(1, await buyer.Told("locked"));
    }

    private static async Task MustSucceedOnce(Buyer buyer, IReadOnlyList<string> challengeIds)
    {
        var code = buyer.App.Code();
        var answers = await Task.WhenAll(challengeIds.Select(id => buyer.Answer(id, new { totp = code })));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(challengeIds.Count - 1, answers.Count(answer => answer["code"] == "challenge_refused"));
        Assert.Equal(1, await buyer.Audited("challenge.answered"));
        Assert.InRange(await buyer.Audited("challenge.refused", "wrong") + await buyer.Audited("challenge.refused", "closed"), 0, 5);
    }

    private static async Task<Answer> Assess(Buyer buyer, string payment)
    {
        var answer = Buyer.Must(HttpStatusCode.OK, await buyer.Post("/v1/assessments", new
        {
            payment = new { id = $"{buyer.Account}_{payment}", amount = new { minor = Minor, currency = "EUR" } },
            merchant = new { id = "m_5" },
            account = new { id = buyer.Account, email = "buyer@example.com" },
            deadlineMs = 2_000,
        }));
        Assert.Equal("challenge", answer["decision"]);
        return answer;
    }

    private static Task<Answer> Redeem(Buyer buyer, string challengeId, string proof, string payment, long minor = Minor, string currency = "EUR", string payee = "m_5", string? key = null) =>
        buyer.Post(
            $"/v1/challenges/{challengeId}/redeem",
            new { proof, payment = new { id = $"{buyer.Account}_{payment}", amount = new { minor, currency } }, merchant = new { id = payee } }, key);
}
