using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using PaymentGuard.IntegrationTests.Accounts;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>A proof is good for one act, once, for five minutes, and only as the service made it.</summary>
public sealed class ProofTests(StepUpService service) : IClassFixture<StepUpService>
{
    [Fact]
    public async Task Proof_OfAnAnswer_SaysWhatWasProved()
    {
        var (payment, proof) = await Proved();
        using var buyer = payment.Buyer;
        var (header, claims) = (ForgedProof.Header(proof), ForgedProof.Payload(proof));
        Assert.Equal(("ES256", "pg-sca+jwt"), ((string)header["alg"]!, (string)header["typ"]!));
        Assert.Equal(("checkout", buyer.Account, payment.ChallengeId), ((string)claims["aud"]!, (string)claims["sub"]!, (string)claims["challenge"]!));
        Assert.Equal((300, false), ((long)claims["exp"]! - (long)claims["iat"]!, (bool)claims["sca"]!));
        // The hash of the payment is anybody's to compute.
        var act = $$"""{"accountId":"{{buyer.Account}}","amountMinor":125000,"currency":"EUR","payee":"m_5","paymentId":"{{payment.Id}}"}""";
        Assert.Equal(Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(act))), (string)claims["txh"]!);
        using var key = ForgedProof.ServiceKey(service.Installation);
        var parts = proof.Split('.');
        Assert.True(key.VerifyData(Encoding.UTF8.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));
    }

    [Fact]
    public async Task Redeem_ForgedProof_IsRefusedAndTheTrueOneStaysGood()
    {
        var (payment, proof) = await Proved();
        using var buyer = payment.Buyer;
        using var own = ForgedProof.ServiceKey(service.Installation);
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var (header, claims) = (ForgedProof.Header(proof), ForgedProof.Payload(proof));
        var past = TimeProvider.System.GetUtcNow().AddSeconds(-2).ToUnixTimeSeconds();
        var jwk = JsonNode.Parse($$"""{"kty":"EC","crv":"P-256","x":"{{X(foreign)}}","y":"{{Y(foreign)}}"}""");
        Dictionary<string, string> forged = new()
        {
            ["nothing"] = "",
            ["no token"] = "x",
            ["three parts of nothing"] = "..",
            ["too long"] = proof + new string('A', 5_000),
            ["signature cut"] = proof[..^1],
            ["signature gone"] = proof[..(proof.LastIndexOf('.') + 1)],
            ["signature of another key"] = ForgedProof.Sign(foreign, header, claims),
            ["another key in the header"] = ForgedProof.Sign(foreign, header.With("jwk", jwk), claims),
            ["no algorithm"] = ForgedProof.Signable(header.With("alg", "none"), claims) + ".",
            ["no algorithm, spelled otherwise"] = ForgedProof.Signable(header.With("alg", "NoNe"), claims) + ".",
            ["public key as secret"] = ForgedProof.SignWithPublicKey(own, header, claims),
            ["claims changed"] = $"{ForgedProof.Signable(header, claims.With("sca", true))}.{proof.Split('.')[2]}",
            ["type of access tokens"] = ForgedProof.Sign(own, header.With("typ", "JWT"), claims),
            ["no type"] = ForgedProof.Sign(own, header.With("typ", null), claims),
            ["other audience"] = ForgedProof.Sign(own, header, claims.With("aud", "paymentguard")),
            ["no audience"] = ForgedProof.Sign(own, header, claims.With("aud", null)),
            ["other issuer"] = ForgedProof.Sign(own, header, claims.With("iss", TestTokens.Issuer)),
            ["expired"] = ForgedProof.Sign(own, header, claims.With("exp", past)),
            ["without end"] = ForgedProof.Sign(own, header, claims.With("exp", null)),
            ["other id"] = ForgedProof.Sign(own, header, claims.With("jti", Guid.NewGuid().ToString("N"))),
            ["no id"] = ForgedProof.Sign(own, header, claims.With("jti", null)),
            ["unknown challenge"] = ForgedProof.Sign(own, header, claims.With("challenge", $"chl_{Guid.NewGuid():N}")),
            ["access token"] = service.Installation.Tokens.Sign("challenges:write"),
        };
        foreach (var (what, token) in forged)
        {
            var answer = await payment.Redeem(token);
            Assert.True((int)answer.Status == 422 && answer["code"] == "challenge_refused", $"{what}: {answer.Text}");
        }
        Assert.Equal("answered", await payment.State());
        Buyer.Must(HttpStatusCode.OK, await payment.Redeem(proof, "key"));
        // Once redeemed, who repeats the request is told so, also after the proof's five minutes.
        var expired = forged["expired"];
        Buyer.Must(HttpStatusCode.OK, await payment.Redeem(expired, "key"));
        Buyer.MustRefuse(409, "proof_redeemed", await payment.Redeem(expired, "key2"));
    }

    [Fact]
    public async Task Redeem_AfterFiveMinutes_IsRefused()
    {
        var (payment, proof) = await Proved();
        using var buyer = payment.Buyer;
        await payment.Set("answered_at = answered_at - interval '5 minutes', proof_expires_at = proof_expires_at - interval '5 minutes'");
        Buyer.MustRefuse(422, "challenge_refused", await payment.Redeem(proof));
        Assert.Equal("abandoned", await payment.State());
        // The payment is not lost: a new challenge may be passed.
        var again = Buyer.Must(HttpStatusCode.Created, await buyer.Post("/v1/challenges", new { paymentId = payment.Id }));
        await buyer.LetTimePass();
        var second = payment with { ChallengeId = again["id"]! };
        Buyer.MustRefuse(422, "challenge_refused", await second.Redeem(proof));
        Buyer.Must(HttpStatusCode.OK, await second.Redeem(await second.Prove()));
    }

    [Fact]
    public async Task Redeem_AtAnotherChallenge_IsRefusedAndTheProofStaysGood()
    {
        var (payment, proof) = await Proved();
        using var buyer = payment.Buyer;
        var other = await ChallengedPayment.Of(service.Installation, buyer);
        Buyer.MustRefuse(422, "challenge_refused", await other.Redeem(proof));
        Buyer.MustRefuse(422, "challenge_refused", await (payment with { ChallengeId = other.ChallengeId }).Redeem(proof));
        Buyer.MustRefuse(422, "challenge_refused", await (payment with { ChallengeId = "x" }).Redeem(proof));
        Buyer.Must(HttpStatusCode.OK, await payment.Redeem(proof));
    }

    [Fact]
    public async Task Proof_AsAccessToken_IsUnauthenticated()
    {
        var (payment, proof) = await Proved();
        using var buyer = payment.Buyer;
        using var client = new HttpClient { BaseAddress = service.Api.Url };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", proof);
        foreach (var path in (string[])["/v1/assessments", $"/v1/challenges/{payment.ChallengeId}/answers", $"/v1/accounts/{buyer.Account}/freeze"])
        {
            using var answer = await client.PostAsJsonAsync(path, new { });
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("amount_minor = amount_minor + 1")]
    [InlineData("currency = 'USD'")]
    [InlineData("merchant_id = 'm_6'")]
    [InlineData("merchant_id = NULL")]
    public async Task Redeem_PaymentChangedInTheDatabase_IsRefusedAndTheChallengeIsDead(string change)
    {
        var (payment, proof) = await Proved();
        using var buyer = payment.Buyer;
        await buyer.Execute($"UPDATE assessments SET {change} WHERE payment_id = '{payment.Id}'");
        Buyer.MustRefuse(409, "payment_changed", await payment.Redeem(proof));
        Buyer.MustRefuse(409, "challenge_dead", await payment.Redeem(proof));
        Assert.Equal(("dead", 1), (await payment.State(), await buyer.Audited("sca.tx_mutated")));
    }

    [Theory]
    [InlineData("other payment")]
    [InlineData("no payee")]
    [InlineData("act")]
    public async Task Redeem_ForSomethingElse_IsRefusedAndTheChallengeIsDead(string what)
    {
        var (payment, proof) = await Proved();
        using var buyer = payment.Buyer;
        var answer = what switch
        {
            "other payment" => await payment.Redeem(proof, id: payment.Id + "x"),
            "no payee" => await payment.Redeem(proof, payee: null),
            _ => await buyer.Post($"/v1/challenges/{payment.ChallengeId}/redeem", new { proof, action = "change_trusted_payees" }),
        };
        Buyer.MustRefuse(409, "payment_changed", answer);
        Assert.Equal("dead", await payment.State());
    }

    [Fact]
    public async Task Redeem_ProofOfAnAct_IsGoodForItsParametersOnly()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol(-1);
        object[] others = [new { payee = "m_6" }, new { }, new { payee = "m_5", more = "1" }, new { Payee = "m_5" }];
        foreach (var parameters in others)
        {
            var (id, proof) = await ProveAct(buyer, new { payee = "m_5" });
            Buyer.MustRefuse(409, "payment_changed", await RedeemAct(buyer, id, proof, "change_trusted_payees", parameters));
            Buyer.MustRefuse(409, "challenge_dead", await RedeemAct(buyer, id, proof, "change_trusted_payees", new { payee = "m_5" }));
        }
        var (another, proofOfAnother) = await ProveAct(buyer, new { payee = "m_5" });
        Buyer.MustRefuse(409, "payment_changed", await RedeemAct(buyer, another, proofOfAnother, "change_payout_destination", new { payee = "m_5" }));
        var (good, proofOfGood) = await ProveAct(buyer, new { payee = "m_5" });
        Buyer.Must(HttpStatusCode.OK, await RedeemAct(buyer, good, proofOfGood, "change_trusted_payees", new { payee = "m_5" }));
    }

    [Fact]
    public async Task Redeem_ProofForAnotherFactor_IsRefused()
    {
        using var buyer = service.NewBuyer();
        await buyer.Enrol(-1);
        var proof = await buyer.Prove("remove_factor", new { factorId = $"fct_{Guid.NewGuid():N}" });
        Buyer.MustRefuse(409, "payment_changed", await buyer.Remove(buyer.FactorId, proof));
        Buyer.MustRefuse(409, "challenge_dead", await buyer.Remove(buyer.FactorId, proof));
        Assert.Equal(0, await buyer.Audited("factor.removed"));
    }

    [Fact]
    public async Task Redeem_AccountFrozenSinceTheAnswer_IsRefusedAlsoAfterRecovery()
    {
        var (payment, proof) = await Proved();
        using var buyer = payment.Buyer;
        using var page = new AccountPage(service.Installation, service.Api);
        Assert.Equal(HttpStatusCode.OK, (await page.Freeze(buyer.Account)).Status);
        Buyer.MustRefuse(422, "challenge_refused", await payment.Redeem(proof));
        var (_, recovery) = await page.Post($"/v1/accounts/{buyer.Account}/recoveries", """{"reason":"came in person"}""", "staff-1", "accounts:recover");
        Assert.Equal(HttpStatusCode.OK, (await page.Post($"/v1/accounts/{buyer.Account}/recoveries/{recovery!["id"]}/approve", "{}", "staff-2", "accounts:recover")).Status);
        Buyer.MustRefuse(409, "challenge_dead", await payment.Redeem(proof));
    }

    private static string X(ECDsa key) => Base64Url.EncodeToString(key.ExportParameters(false).Q.X!);

    private static string Y(ECDsa key) => Base64Url.EncodeToString(key.ExportParameters(false).Q.Y!);

    private static async Task<(string Id, string Proof)> ProveAct(Buyer buyer, object parameters)
    {
        await buyer.LetTimePass();
        var id = await buyer.Challenge("change_trusted_payees", parameters);
        return (id, Buyer.Must(HttpStatusCode.OK, await buyer.Answer(id, new { totp = buyer.App.Code() }))["proof"]!);
    }

    private static Task<Answer> RedeemAct(Buyer buyer, string id, string proof, string action, object parameters) =>
        buyer.Post($"/v1/challenges/{id}/redeem", new { proof, action, parameters });

    /// <summary>A new buyer's payment, answered with his app.</summary>
    private async Task<(ChallengedPayment Payment, string Proof)> Proved()
    {
        var buyer = service.NewBuyer();
        await buyer.Enrol(-1);
        var payment = await ChallengedPayment.Of(service.Installation, buyer);
        return (payment, await payment.Prove());
    }
}
