using System.Net;
using PaymentGuard.IntegrationTests.Accounts;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.IntegrationTests.Notifications;
using PaymentGuard.Tests.Challenges;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>Guessing is bounded, whatever is guessed, and tells nothing.</summary>
public sealed class LockTests(StepUpService service) : IClassFixture<StepUpService>
{
    [Fact]
    public async Task Answer_FiveFailuresOverAMixOfChallengesAndMethods_Lock()
    {
        using var buyer = service.NewBuyer();
        using var device = new SoftwareAuthenticator(Installation.PasskeyOrigin);
        await AddEveryFactor(buyer, device);
        ChallengedPayment[] payments = [await Pay(buyer), await Pay(buyer), await Pay(buyer)];
        var sent = await payments[0].SentCode();
        var options = await payments[1].PasskeyOptions();
        Answer[] answers =
        [
            await payments[0].AnswerWrongly(),
            await payments[0].Answer(new { sentCode = sent == "000000" ? "000001" : "000000" }),
            await payments[2].Answer(new { recoveryCode = "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA" }),
            await payments[1].AnswerWith(device.Get(options, changeSignature: signature => [.. signature[..^1], (byte)(signature[^1] ^ 1)])),
            await payments[2].AnswerWith("{}"),
        ];
        Assert.All(answers, answer => Buyer.MustRefuse(422, "challenge_refused", answer));
        Assert.Equal((5, 30), (await buyer.Audited("challenge.refused", "wrong"), await buyer.LockSeconds()));
        // Everything that was right is refused now, and not compared.
        Answer[] right = [await payments[0].AnswerWithApp(), await payments[0].Answer(new { sentCode = sent }), await payments[1].AnswerWith(device.Get(options))];
        Assert.All(right, answer => Buyer.MustRefuse(422, "challenge_refused", answer));
        Buyer.MustRefuse(422, "challenge_refused", await payments[0].Send());
        Buyer.MustRefuse(422, "challenge_refused", await payments[1].OfferPasskey());
        Assert.Equal((5, 3), (await buyer.Audited("challenge.refused", "wrong"), await buyer.Audited("challenge.refused", "locked")));
        Assert.Equal(1, await buyer.Told("locked"));
        await buyer.LetLockPass();
        Buyer.Must(HttpStatusCode.OK, await payments[0].AnswerWithApp());
    }

    [Fact]
    public async Task Answer_RefusedForWhateverReason_ReadsTheSame()
    {
        using var page = new AccountPage(service.Installation, service.Api);
        using var buyer = await Enrolled();
        var (open, expired, used) = (await Pay(buyer), await Pay(buyer), await Pay(buyer));
        var seen = new Dictionary<string, string>();
        await used.Prove();
        seen["used"] = (await used.AnswerWithApp(1)).Visible();
        await expired.Set("expires_at = now()");
        seen["expired"] = (await expired.AnswerWithApp(1)).Visible();
        seen["wrong"] = (await open.AnswerWrongly()).Visible();
        seen["malformed"] = (await open.Answer(new { totp = "١٢٣٤٥٦" })).Visible();
        foreach (var (name, id) in new[] { ("unknown", $"chl_{Guid.NewGuid():N}"), ("no id", "x"), ("another's prefix", $"asm_{Guid.NewGuid():N}") })
            seen[name] = (await buyer.Answer(id, new { totp = buyer.App.Code(1) })).Visible();
        await open.AnswerWrongly();
        seen["locked"] = (await open.AnswerWithApp(1)).Visible();
        Assert.Equal(1, await buyer.Audited("challenge.refused", "locked"));
        await buyer.Execute($"UPDATE accounts SET disabled_at = now() WHERE id = '{buyer.Account}'");
        seen["disabled"] = (await open.AnswerWithApp(1)).Visible();
        using var frozen = await Enrolled();
        var dead = await Pay(frozen);
        Assert.Equal(HttpStatusCode.OK, (await page.Freeze(frozen.Account)).Status);
        seen["frozen"] = (await dead.AnswerWithApp()).Visible();
        Assert.All(seen, one => Assert.Equal(seen["wrong"], one.Value));
        Assert.StartsWith("422\n", seen["wrong"], StringComparison.Ordinal);
        Assert.DoesNotContain("Retry-After", seen["wrong"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_WrongAfterEachLock_DoublesItUpToAnHour()
    {
        using var buyer = await Enrolled();
        var payment = await Pay(buyer);
        for (var failure = 1; failure < 5; failure++) await payment.AnswerWrongly();
        var locks = new List<long>();
        for (var round = 0; round < 9; round++)
        {
            await payment.AnswerWrongly();
            locks.Add(await buyer.LockSeconds());
            Assert.InRange(await buyer.Count($"SELECT extract(epoch FROM locked_until - now())::bigint FROM accounts WHERE id = '{buyer.Account}'"), locks[^1] - 25, locks[^1]);
            Buyer.MustRefuse(422, "challenge_refused", await payment.AnswerWithApp());
            await buyer.LetLockPass();
        }
        Assert.Equal([30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600], locks);
        Assert.Equal((13, 9), (await buyer.Audited("challenge.refused", "wrong"), await buyer.Audited("challenge.refused", "locked")));
        Assert.Equal(1, await buyer.Told("locked"));
    }

    [Fact]
    public async Task Answer_NewChallengeAndNewCodeInBetween_ForgiveNothing()
    {
        using var buyer = service.NewBuyer();
        for (var failure = 1; failure <= 2; failure++) await MustRefuseWrongCode(await Pay(buyer));
        var third = await Pay(buyer);
        for (var failure = 3; failure <= 4; failure++) await third.Answer(new { sentCode = "x" });
        var code = await third.SentCode();
        await third.Answer(new { sentCode = "x" });
        Assert.Equal(30, await buyer.LockSeconds());
        Buyer.MustRefuse(422, "challenge_refused", await third.Answer(new { sentCode = code }));
        Buyer.MustRefuse(422, "challenge_refused", await (await Pay(buyer)).Send());
        await buyer.LetLockPass();
        await buyer.Execute($"UPDATE accounts SET codes_sent_at = codes_sent_at[:0] WHERE id = '{buyer.Account}'");
        await MustRefuseWrongCode(await Pay(buyer));
        Assert.Equal(60, await buyer.LockSeconds());
    }

    [Fact]
    public async Task Answer_HundredthFailureWithin30Days_DisablesUntilRecovery()
    {
        using var page = new AccountPage(service.Installation, service.Api);
        using var buyer = await Enrolled();
        var payment = await Pay(buyer);
        await buyer.HaveFailed(98);
        await payment.AnswerWrongly();
        Assert.Equal((1, 0), (await buyer.Told("lock_near"), await buyer.Told("factors_disabled")));
        await payment.AnswerWrongly();
        Assert.Equal((1, 1, 0), (await buyer.Told("lock_near"), await buyer.Told("factors_disabled"), await buyer.Told("locked")));
        await buyer.Execute($"UPDATE accounts SET disabled_at = disabled_at - interval '1 year', failed_at = failed_at[:0] WHERE id = '{buyer.Account}'");
        Buyer.MustRefuse(422, "challenge_refused", await payment.AnswerWithApp());
        Buyer.MustRefuse(422, "challenge_refused", await (await Pay(buyer)).AnswerWithApp());
        var (asked, recovery) = await page.Post($"/v1/accounts/{buyer.Account}/recoveries", """{"reason":"came in person"}""", "staff-1", "accounts:recover");
        Assert.Equal(HttpStatusCode.Created, asked);
        var approve = $"/v1/accounts/{buyer.Account}/recoveries/{recovery!["id"]}/approve";
        Assert.Equal(HttpStatusCode.Forbidden, (await page.Post(approve, "{}", "staff-1", "accounts:recover")).Status);
        Buyer.MustRefuse(422, "challenge_refused", await payment.AnswerWithApp());
        Assert.Equal(HttpStatusCode.OK, (await page.Post(approve, "{}", "staff-2", "accounts:recover")).Status);
        Buyer.Must(HttpStatusCode.OK, await (await Pay(buyer)).AnswerWithApp());
    }

    [Fact]
    public async Task Answer_FailuresOfLongAgo_DoNotDisable()
    {
        using var buyer = await Enrolled();
        var payment = await Pay(buyer);
        await buyer.HaveFailed(99, ago: "31 days");
        await payment.AnswerWrongly();
        Assert.Equal((0, 0), (await buyer.Told("lock_near"), await buyer.Told("factors_disabled")));
        Buyer.Must(HttpStatusCode.OK, await payment.AnswerWithApp());
    }

    [Fact]
    public async Task Redeem_AfterFailures_ForgivesThem()
    {
        using var buyer = await Enrolled();
        for (var round = 0; round < 2; round++)
        {
            var payment = await Pay(buyer);
            for (var failure = 1; failure < 5; failure++) await payment.AnswerWrongly();
            Buyer.Must(HttpStatusCode.OK, await payment.Redeem(Buyer.Must(HttpStatusCode.OK, await payment.AnswerWithApp(round))["proof"]!));
        }
        Assert.Equal(0, await buyer.LockSeconds());
    }

    [Fact]
    public async Task Answer_AcceptedButNotRedeemed_ForgivesNothing()
    {
        using var buyer = await Enrolled();
        var (proved, other) = (await Pay(buyer), await Pay(buyer));
        for (var failure = 1; failure < 5; failure++) await other.AnswerWrongly();
        var proof = await proved.Prove();
        await other.AnswerWrongly();
        Assert.Equal(30, await buyer.LockSeconds());
        // The proof is good, but says nothing about what came after its answer.
        Buyer.Must(HttpStatusCode.OK, await proved.Redeem(proof));
        Assert.Equal(30, await buyer.LockSeconds());
        Buyer.MustRefuse(422, "challenge_refused", await other.AnswerWithApp(1));
        await buyer.LetLockPass();
        Buyer.Must(HttpStatusCode.OK, await other.Redeem(Buyer.Must(HttpStatusCode.OK, await other.AnswerWithApp(1))["proof"]!));
        Assert.Equal(0, await buyer.LockSeconds());
    }

    [Fact]
    public async Task Redeem_AmongParallelGuesses_LeavesTheirLock()
    {
        using var buyer = await Enrolled();
        var (proved, guessed) = (await Pay(buyer), await Pay(buyer));
        var (right, wrong) = (buyer.App.Code(), buyer.App.WrongCode());
        async Task<Answer> AnswerAndRedeem()
        {
            var answered = await proved.Answer(new { totp = right });
            return answered.Status == HttpStatusCode.OK ? await proved.Redeem(answered["proof"]!) : answered;
        }

        var guessing = BuyerSteps.AtOnce(100, _ => guessed.Answer(new { totp = wrong }));
        var redeemed = await AnswerAndRedeem();
        Assert.All(await guessing, answer => Buyer.MustRefuse(422, "challenge_refused", answer));
        TestContext.Current.SendDiagnosticMessage("The right code among the guesses: {0}", redeemed.Status);
        // Redeeming may have forgiven up to four that were judged before it; never the five that locked.
        Assert.InRange(await buyer.Audited("challenge.refused", "wrong"), 5, 9);
        Assert.Equal(30, await buyer.LockSeconds());
        Buyer.MustRefuse(422, "challenge_refused", await guessed.AnswerWithApp(1));
    }

    private static async Task MustRefuseWrongCode(ChallengedPayment payment)
    {
        var code = await payment.SentCode();
        Buyer.MustRefuse(422, "challenge_refused", await payment.Answer(new { sentCode = code == "000000" ? "000001" : "000000" }));
    }

    private async Task AddEveryFactor(Buyer buyer, SoftwareAuthenticator device)
    {
        await using var outgoing = new Outgoing(service.Installation);
        await buyer.Enrol(-1);
        await outgoing.AddContact(buyer.Account, "email", "buyer@example.com");
        await ChallengedPayment.AddPasskey(buyer, device, await buyer.Prove("add_factor"));
        Buyer.Must(HttpStatusCode.Created, await buyer.MakeRecoveryCodes(await buyer.Prove("new_recovery_codes")));
        await buyer.LetTimePass();
    }

    private async Task<Buyer> Enrolled()
    {
        var buyer = service.NewBuyer();
        await buyer.Enrol(-1);
        return buyer;
    }

    private Task<ChallengedPayment> Pay(Buyer buyer) => ChallengedPayment.Of(service.Installation, buyer);
}
