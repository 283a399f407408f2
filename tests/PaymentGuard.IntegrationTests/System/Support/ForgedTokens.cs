using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>Makes tokens (JWT) byte by byte, as an attacker does, or a well-meaning issuer with a fault.</summary>
internal sealed class ForgedTokens(Installation installation)
{
    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>Claims that are taken when they are signed with the right key.</summary>
    public static JsonObject Claims => new()
    {
        ["iss"] = TestTokens.Issuer, ["aud"] = TestTokens.Audience, ["sub"] = "test", ["scope"] = "risk:assess risk:read events:write",
        ["iat"] = Now.ToUnixTimeSeconds(), ["nbf"] = Now.AddMinutes(-1).ToUnixTimeSeconds(), ["exp"] = Now.AddHours(1).ToUnixTimeSeconds(),
    };

    /// <summary>Good claims but one; null: it is absent.</summary>
    public static JsonObject With(string claim, JsonNode? value) => Claims.With("/" + claim, value);

    public static DateTimeOffset In(TimeSpan time) => Now + time;

    /// <summary>Signed with the installation's own key.</summary>
    public string Sign(JsonObject claims, string algorithm = "ES256")
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(installation.Settings["PAYMENTGUARD_SIGNING_KEY"]));
        return Sign(claims, key, algorithm);
    }

    public static string SignWithForeignKey(JsonObject claims)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Sign(claims, key, "ES256");
    }

    public static string Unsigned(JsonObject claims, string algorithm) => Signable(claims, algorithm) + ".";

    /// <summary>HS256 with each form of the public key as its secret: a check that lets the token choose the algorithm takes one of them.</summary>
    public IEnumerable<string> SignedWithPublicKeyAsSecret(JsonObject claims)
    {
        var pem = File.ReadAllText(installation.Settings["PAYMENTGUARD_PUBLIC_KEY"]);
        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        foreach (var secret in (byte[][])[pem.Utf8(), pem.Trim().Utf8(), key.ExportSubjectPublicKeyInfo()])
        {
            var signable = Signable(claims, "HS256");
            yield return $"{signable}.{Base64Url.EncodeToString(HMACSHA256.HashData(secret, signable.Utf8()))}";
        }
    }

    private static string Sign(JsonObject claims, ECDsa key, string algorithm)
    {
        var signable = Signable(claims, algorithm);
        return $"{signable}.{Base64Url.EncodeToString(key.SignData(signable.Utf8(), HashAlgorithmName.SHA256))}";
    }

    private static string Signable(JsonObject claims, string algorithm) =>
        $"{Part(new JsonObject { ["alg"] = algorithm, ["typ"] = "JWT" })}.{Part(claims)}";

    private static string Part(JsonObject part) => Base64Url.EncodeToString(Bodies.Bytes(part));
}
