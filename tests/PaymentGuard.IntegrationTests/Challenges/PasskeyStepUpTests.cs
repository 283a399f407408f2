using System.Net;
using System.Text.Json.Nodes;
using PaymentGuard.IntegrationTests.Accounts;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Tests.Challenges;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>Passkeys over HTTP, with an authenticator that can be made to lie.</summary>
public sealed class PasskeyStepUpTests(StepUpService service) : IClassFixture<StepUpService>
{
    private const byte UserPresentOnly = SoftwareAuthenticator.UserPresent;

    [Fact]
    public async Task Payment_PassedWithAPasskey_IsStronglyAuthenticated()
    {
        using var buyer = service.NewBuyer();
        using var device = NewDevice();
        await ChallengedPayment.AddPasskey(buyer, device);
        var payment = await Pay(buyer);
        Assert.Equal(["passkey"], payment.Assessed.Json["challenge"]!["methods"]!.AsArray().Select(method => (string)method!));
        var options = JsonNode.Parse(await payment.PasskeyOptions())!;
        Assert.Equal(("localhost", "required", 120_000), ((string)options["rpId"]!, (string)options["userVerification"]!, (int)options["timeout"]!));
        var proof = Buyer.Must(HttpStatusCode.OK, await payment.AnswerWith(device.Get(options.ToJsonString())));
        Assert.Equal(("passkey", "true"), (proof["method"], proof["sca"]));
        Buyer.Must(HttpStatusCode.OK, await payment.Redeem(proof["proof"]!));
        var outcome = (await buyer.Get($"/v1/assessments/{payment.Assessed["id"]}")).Json["outcome"]!;
        Assert.Equal(("redeemed", "passkey", true), ((string)outcome["state"]!, (string)outcome["method"]!, (bool)outcome["sca"]!));
    }

    [Fact]
    public async Task Answer_AnythingOfTheCeremonyChanged_IsRefused()
    {
        using var buyer = service.NewBuyer();
        using var device = NewDevice();
        await ChallengedPayment.AddPasskey(buyer, device);
        var payment = await Pay(buyer);
        (string What, Func<Ceremony, Ceremony> Change)[] lies =
        [
            ("origin", ceremony => ceremony with { Origin = "https://localhost.evil.example" }),
            ("origin's port", ceremony => ceremony with { Origin = Installation.PasskeyOrigin + ":8080" }),
            ("RP id", ceremony => ceremony with { RpId = "evil.example" }),
            ("type", ceremony => ceremony with { Type = "webauthn.create" }),
            ("type of payment", ceremony => ceremony with { Type = "payment.get" }),
            ("user not verified", ceremony => ceremony with { Flags = UserPresentOnly }),
            ("user not present", ceremony => ceremony with { Flags = SoftwareAuthenticator.UserVerified }),
            ("frame of another site", ceremony => ceremony with { CrossOrigin = true }),
            ("frame's top", ceremony => ceremony with { TopOrigin = "https://evil.example" }),
            ("empty challenge", ceremony => ceremony with { Challenge = "" }),
            ("other challenge", ceremony => ceremony with { Challenge = new string('A', 43) }),
            ("other user", ceremony => ceremony with { UserHandle = new string('A', 43) }),
            ("other credential", ceremony => ceremony with { CredentialId = new byte[32] }),
            ("sign count of before", ceremony => ceremony with { SignCount = 0 }),
        ];
        Buyer.Must(HttpStatusCode.OK, await Use(await Pay(buyer), device));
        foreach (var (what, change) in lies)
        {
            var answer = await payment.AnswerWith(device.Get(await payment.PasskeyOptions(), change));
            Assert.True((int)answer.Status == 422 && answer["code"] == "challenge_refused", $"{what}: {answer.Text}");
            await buyer.LetTimePass();
        }
        string[] malformed = ["{}", "[]", "7", "\"x\"", """{"id":7}""", """{"id":"AA","rawId":"AA","type":"public-key","response":{}}""", $$"""{"id":"{{new string('A', 20_000)}}"}"""];
        foreach (var body in malformed)
        {
            Buyer.MustRefuse(422, "challenge_refused", await payment.AnswerWith(body));
            await buyer.LetTimePass();
        }
        Assert.Equal(lies.Length + malformed.Length, await buyer.Audited("challenge.refused", "wrong"));
        Buyer.Must(HttpStatusCode.OK, await Use(payment, device));
    }

    [Fact]
    public async Task Answer_ToOptionsThatWereReplacedOrNeverGiven_IsRefused()
    {
        using var buyer = service.NewBuyer();
        using var device = NewDevice();
        await ChallengedPayment.AddPasskey(buyer, device);
        var (payment, other) = (await Pay(buyer), await Pay(buyer));
        var (first, second) = (await payment.PasskeyOptions(), await payment.PasskeyOptions());
        Assert.NotEqual((string)JsonNode.Parse(first)!["challenge"]!, (string)JsonNode.Parse(second)!["challenge"]!);
        Buyer.MustRefuse(422, "challenge_refused", await payment.AnswerWith(device.Get(first)));
        Buyer.MustRefuse(422, "challenge_refused", await other.AnswerWith(device.Get(second)));
        Buyer.Must(HttpStatusCode.OK, await payment.AnswerWith(device.Get(second)));
        Buyer.MustRefuse(422, "challenge_refused", await payment.OfferPasskey());
    }

    [Fact]
    public async Task Answer_AfterTwoMinutes_IsRefused()
    {
        using var buyer = service.NewBuyer();
        using var device = NewDevice();
        await ChallengedPayment.AddPasskey(buyer, device);
        var payment = await Pay(buyer);
        var options = await payment.PasskeyOptions();
        await payment.Set("passkey_expires_at = passkey_expires_at - interval '120 seconds'");
        Buyer.MustRefuse(422, "challenge_refused", await payment.AnswerWith(device.Get(options)));
        Buyer.Must(HttpStatusCode.OK, await Use(payment, device));
    }

    [Theory]
    [InlineData("amount_minor = amount_minor + 1")]
    [InlineData("currency = 'USD'")]
    [InlineData("merchant_id = 'm_6'")]
    [InlineData("merchant_id = NULL")]
    public async Task Answer_PaymentChangedAfterTheOptions_IsRefused(string change)
    {
        using var buyer = service.NewBuyer();
        using var device = NewDevice();
        await ChallengedPayment.AddPasskey(buyer, device);
        var payment = await Pay(buyer);
        var credential = device.Get(await payment.PasskeyOptions());
        await buyer.Execute($"UPDATE assessments SET {change} WHERE payment_id = '{payment.Id}'");
        Buyer.MustRefuse(422, "challenge_refused", await payment.AnswerWith(credential));
        Assert.Equal("open", await payment.State());
    }

    [Fact]
    public async Task Answer_WithAnotherAccountsPasskey_IsRefused()
    {
        using var buyer = service.NewBuyer();
        using var thief = service.NewBuyer();
        using var device = NewDevice();
        using var stolen = NewDevice();
        await ChallengedPayment.AddPasskey(buyer, device);
        await ChallengedPayment.AddPasskey(thief, stolen);
        var payment = await Pay(buyer);
        var owner = JsonNode.Parse(device.Get(await payment.PasskeyOptions()))!["response"]!["userHandle"];
        Func<Ceremony, Ceremony>[] tries =
        [
            ceremony => ceremony, ceremony => ceremony with { UserHandle = (string)owner! }, ceremony => ceremony with { UserHandle = null, CredentialId = device.CredentialId },
        ];
        foreach (var change in tries) Buyer.MustRefuse(422, "challenge_refused", await payment.AnswerWith(stolen.Get(await payment.PasskeyOptions(), change)));
        Buyer.Must(HttpStatusCode.OK, await Use(payment, device));
    }

    [Fact]
    public async Task Answer_WithAPasskeyMadeAfterThePayment_IsRefused()
    {
        using var buyer = service.NewBuyer();
        using var device = NewDevice();
        using var later = NewDevice();
        await ChallengedPayment.AddPasskey(buyer, device);
        var payment = await Pay(buyer);
        var proof = Buyer.Must(HttpStatusCode.OK, await UseForAct(buyer, device, "add_factor"))["proof"];
        await ChallengedPayment.AddPasskey(buyer, later, proof);
        Buyer.MustRefuse(422, "challenge_refused", await payment.AnswerWith(later.Get(await payment.PasskeyOptions())));
        Buyer.Must(HttpStatusCode.OK, await Use(await Pay(buyer), later));
    }

    [Fact]
    public async Task Register_CredentialOfAnotherAccount_IsRefused()
    {
        using var buyer = service.NewBuyer();
        using var thief = service.NewBuyer();
        using var device = NewDevice();
        using var copy = new SoftwareAuthenticator(Installation.PasskeyOrigin) { CredentialId = device.CredentialId };
        await ChallengedPayment.AddPasskey(buyer, device);
        var options = await thief.Post($"{thief.Factors}/passkeys/options", new { });
        Buyer.MustRefuse(422, "challenge_refused", await thief.Post($"{thief.Factors}/passkeys", $$"""{"credential":{{copy.Create(options.Text)}}}"""));
        Buyer.Must(HttpStatusCode.OK, await Use(await Pay(buyer), device));
    }

    [Fact]
    public async Task Register_CeremonyChangedOrOfOtherOptions_IsRefused()
    {
        using var buyer = service.NewBuyer();
        using var other = service.NewBuyer();
        using var device = NewDevice();
        var foreign = await Options(other);
        var replaced = await Options(buyer);
        var options = await Options(buyer);
        Func<Ceremony, Ceremony>[] lies =
        [
            ceremony => ceremony with { Origin = "https://evil.example" }, ceremony => ceremony with { RpId = "evil.example" }, ceremony => ceremony with { Type = "webauthn.get" },
            ceremony => ceremony with { Flags = UserPresentOnly | SoftwareAuthenticator.HasCredential }, ceremony => ceremony with { CrossOrigin = true }, ceremony => ceremony with { Challenge = "" },
        ];
        foreach (var credential in lies.Select(lie => device.Create(options, lie)).Append(device.Create(foreign)).Append(device.Create(replaced)))
            Buyer.MustRefuse(422, "challenge_refused", await buyer.Post($"{buyer.Factors}/passkeys", $$"""{"credential":{{credential}}}"""));
        Assert.Equal(0, await buyer.Audited("factor.confirmed"));
        Buyer.Must(HttpStatusCode.Created, await buyer.Post($"{buyer.Factors}/passkeys", $$"""{"credential":{{device.Create(options)}}}"""));
    }

    [Fact]
    public async Task Register_OnceThereIsAPasskey_NeedsAProof()
    {
        using var buyer = service.NewBuyer();
        using var device = NewDevice();
        using var second = NewDevice();
        await ChallengedPayment.AddPasskey(buyer, device);
        Buyer.MustRefuse(403, "proof_required", await buyer.Post($"{buyer.Factors}/passkeys/options", new { }));
        await ChallengedPayment.AddPasskey(buyer, second, Buyer.Must(HttpStatusCode.OK, await UseForAct(buyer, device, "add_factor"))["proof"]);
        Assert.Equal(2, await buyer.Told("factor_added"));
    }

    [Fact]
    public async Task Answer_WhileFrozen_IsRefused()
    {
        using var page = new AccountPage(service.Installation, service.Api);
        using var buyer = service.NewBuyer();
        using var device = NewDevice();
        await ChallengedPayment.AddPasskey(buyer, device);
        var payment = await Pay(buyer);
        var credential = device.Get(await payment.PasskeyOptions());
        Assert.Equal(HttpStatusCode.OK, (await page.Freeze(buyer.Account)).Status);
        Buyer.MustRefuse(422, "challenge_refused", await payment.AnswerWith(credential));
        Buyer.MustRefuse(422, "challenge_refused", await payment.OfferPasskey());
        Buyer.MustRefuse(422, "challenge_refused", await buyer.Post("/v1/challenges", new { paymentId = payment.Id }));
        Assert.Equal("dead", await payment.State());
    }

    private static SoftwareAuthenticator NewDevice() => new(Installation.PasskeyOrigin);

    private static async Task<string> Options(Buyer buyer) => Buyer.Must(HttpStatusCode.OK, await buyer.Post($"{buyer.Factors}/passkeys/options", new { })).Text;

    private static async Task<Answer> Use(ChallengedPayment payment, SoftwareAuthenticator device) => await payment.AnswerWith(device.Get(await payment.PasskeyOptions()));

    private static async Task<Answer> UseForAct(Buyer buyer, SoftwareAuthenticator device, string action)
    {
        var challenge = await buyer.Challenge(action);
        var options = Buyer.Must(HttpStatusCode.OK, await buyer.Post($"/v1/challenges/{challenge}/passkey", new { }));
        return await buyer.Answer(challenge, ChallengedPayment.PasskeyBody(device.Get(options.Text)));
    }

    private Task<ChallengedPayment> Pay(Buyer buyer) => ChallengedPayment.Of(service.Installation, buyer);
}
