using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Platform;

/// <summary>Who may ask what.</summary>
[Collection(Alone.Name)]
public sealed class TokenTests(TestServers servers)
{
    private static readonly string[] OpenRoutes = ["/healthz", "/readyz", "/openapi/v1.json"];

    [Fact]
    public async Task Token_Wrong_IsRefusedAsProblem()
    {
        await using var installation = await Checkout.Install(servers);
        using var checkout = new Checkout(installation, await installation.StartApi());
        foreach (var (name, token) in WrongTokens(installation))
        {
            var answer = await Ask(checkout, token);
            Assert.True(answer.Status == HttpStatusCode.Unauthorized, $"{name}: {(int)answer.Status} {answer.Text}");
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
            Assert.Null(answer.Headers.WwwAuthenticate.Single().Parameter);
            AssessmentTests.AssertProblem(answer);
        }
    }

    [Fact]
    public async Task Token_LongerThan16KiB_IsRefused()
    {
        await using var installation = await Checkout.Install(servers);
        using var checkout = new Checkout(installation, await installation.StartApi());
        Assert.Equal(HttpStatusCode.Unauthorized, (await Ask(checkout, Sign(installation, token => token.Claims["sub"] = new string('x', 16_000)))).Status);
    }

    [Fact]
    public async Task Token_WithoutTheScope_IsForbidden()
    {
        await using var installation = await Checkout.Install(servers);
        using var checkout = new Checkout(installation, await installation.StartApi());
        foreach (var scope in new[] { "risk:read", "events:write", "risk", "risk:assess2", "" })
        {
            var answer = await Ask(checkout, Sign(installation, token => token.Claims["scope"] = scope));
            Assert.Equal((HttpStatusCode.Forbidden, "forbidden"), (answer.Status, answer["code"]!));
            AssessmentTests.AssertProblem(answer);
        }
    }

    [Fact]
    public async Task Token_RightOnes_AreTakenAgainAndAgain()
    {
        await using var installation = await Checkout.Install(servers);
        using var checkout = new Checkout(installation, await installation.StartApi());
        foreach (var type in new[] { "JWT", "at+jwt" })
        {
            var token = Sign(installation, token => token.TokenType = type);
            for (var request = 0; request < 3; request++) Assert.Equal(HttpStatusCode.OK, (await Ask(checkout, token)).Status);
        }
    }

    [Fact]
    public async Task Routes_All_DemandAScope()
    {
        await using var installation = await Checkout.Install(servers);
        var api = await installation.StartApi();
        using var checkout = new Checkout(installation, api);
        var document = (await checkout.Send(HttpMethod.Get, "/openapi/v1.json")).Json;
        var routes = document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(operation => (Path: path.Key, Method: operation.Key))).ToList();
        Assert.Contains(("/v1/assessments", "post"), routes);
        foreach (var (path, method) in routes.Where(route => !OpenRoutes.Contains(route.Path)))
        {
            var target = path.Replace("{id}", "asm_00000000000000000000000000000000", StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.Unauthorized, (await checkout.Send(new HttpMethod(method.ToUpperInvariant()), target, token: "")).Status);
            Assert.Equal(HttpStatusCode.Forbidden, (await checkout.Send(new HttpMethod(method.ToUpperInvariant()), target, token: installation.Tokens.Sign("none"))).Status);
            Assert.NotEmpty(document["paths"]![path]![method]!["security"]!.AsArray());
        }
        foreach (var open in OpenRoutes) Assert.Equal(HttpStatusCode.OK, (await checkout.Send(HttpMethod.Get, open, token: "")).Status);
    }

    private static Task<Answer> Ask(Checkout checkout, string token) =>
        checkout.Send(HttpMethod.Post, "/v1/assessments", new StringContent(Checkout.Payment("pay_1"), Encoding.UTF8, "application/json"), token);

    private static IEnumerable<(string Name, string Token)> WrongTokens(Installation installation)
    {
        var good = Sign(installation, _ => { });
        var parts = good.Split('.');
        yield return ("none at all", "");
        yield return ("no token", "x");
        yield return ("braces", "{\"a\":1}");
        yield return ("alg none", $"{Encode("""{"alg":"none","typ":"JWT"}""")}.{parts[1]}.");
        yield return ("alg NoNe", $"{Encode("""{"alg":"NoNe","typ":"JWT"}""")}.{parts[1]}.");
        yield return ("empty signature", $"{parts[0]}.{parts[1]}.");
        yield return ("HS256 under the public key", SignHmac(installation, parts[1]));
        yield return ("altered", $"{parts[0]}.{Encode(Decode(parts[1]).Replace("\"test\"", "\"boss\"", StringComparison.Ordinal))}.{parts[2]}");
        yield return ("foreign key", Sign(installation, token => token.SigningCredentials = ForeignKey()));
        yield return ("foreign key in jwk", Sign(installation, token => (token.SigningCredentials, token.AdditionalHeaderClaims) = (ForeignKey(), new Dictionary<string, object> { ["jwk"] = "{}", ["jku"] = "http://127.0.0.1:9/" })));
        yield return ("kid of a path", Sign(installation, token => (token.SigningCredentials, token.AdditionalHeaderClaims) = (ForeignKey("../../etc/passwd\0"), null)));
        yield return ("wrong audience", Sign(installation, token => token.Audience = "another"));
        yield return ("no audience", Sign(installation, token => token.Audience = null));
        yield return ("wrong issuer", Sign(installation, token => token.Issuer = "https://other.test"));
        yield return ("no issuer", Sign(installation, token => token.Issuer = null));
        yield return ("expired", Sign(installation, token => (token.NotBefore, token.Expires) = (Now(-3_600), Now(-31))));
        yield return ("no expiry", Sign(installation, token => token.Expires = null));
        yield return ("not yet valid", Sign(installation, token => token.NotBefore = Now(60)));
        yield return ("id token", Sign(installation, token => token.TokenType = "logout+jwt"));
    }

    private static string Sign(Installation installation, Action<SecurityTokenDescriptor> change)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(installation.Settings["PAYMENTGUARD_SIGNING_KEY"]));
        var token = new SecurityTokenDescriptor
        {
            Issuer = TestTokens.Issuer,
            Audience = TestTokens.Audience,
            NotBefore = Now(-1),
            Expires = Now(600),
            Claims = new Dictionary<string, object> { ["sub"] = "test", ["scope"] = "risk:assess" },
            SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(key), SecurityAlgorithms.EcdsaSha256),
        };
        change(token);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(token);
    }

    private static SigningCredentials ForeignKey(string? id = null) =>
        new(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = id }, SecurityAlgorithms.EcdsaSha256);

    private static string SignHmac(Installation installation, string payload)
    {
        var head = $"{Encode("""{"alg":"HS256","typ":"JWT"}""")}.{payload}";
        var secret = File.ReadAllBytes(installation.Settings["PAYMENTGUARD_PUBLIC_KEY"]);
        return $"{head}.{Base64UrlEncoder.Encode(HMACSHA256.HashData(secret, Encoding.ASCII.GetBytes(head)))}";
    }

    private static DateTime Now(int seconds) => TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(seconds);

    private static string Encode(string json) => Base64UrlEncoder.Encode(json);

    private static string Decode(string part) => Base64UrlEncoder.Decode(part);
}
