using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>Makes proofs byte by byte, out of a true one, as somebody does who would like to have another.</summary>
internal static class ForgedProof
{
    public static JsonObject Payload(string proof) => Part(proof, 1);

    public static JsonObject Header(string proof) => Part(proof, 0);

    /// <summary>A copy with one member set, or removed when the value is null.</summary>
    public static JsonObject With(this JsonObject part, string member, JsonNode? value)
    {
        var copy = part.DeepClone().AsObject();
        if (value is null) copy.Remove(member);
        else copy[member] = value;
        return copy;
    }

    /// <summary>The service's own key.</summary>
    public static ECDsa ServiceKey(Installation installation)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(installation.Settings["PAYMENTGUARD_SERVICE_KEY"]));
        return key;
    }

    public static string Sign(ECDsa key, JsonObject header, JsonObject payload)
    {
        var signable = Signable(header, payload);
        return $"{signable}.{Base64Url.EncodeToString(key.SignData(Encoding.UTF8.GetBytes(signable), HashAlgorithmName.SHA256))}";
    }

    /// <summary>The public key as the secret of HS256.</summary>
    public static string SignWithPublicKey(ECDsa key, JsonObject header, JsonObject payload)
    {
        var signable = Signable(header.With("alg", "HS256"), payload);
        return $"{signable}.{Base64Url.EncodeToString(HMACSHA256.HashData(key.ExportSubjectPublicKeyInfo(), Encoding.UTF8.GetBytes(signable)))}";
    }

    public static string Signable(JsonObject header, JsonObject payload) => $"{Encode(header)}.{Encode(payload)}";

    private static string Encode(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));

    private static JsonObject Part(string proof, int index) => JsonNode.Parse(Base64Url.DecodeFromChars(proof.Split('.')[index]))!.AsObject();
}
