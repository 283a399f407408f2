using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace PaymentGuard.Tests.Challenges;

/// <summary>What browser and authenticator are about to sign or send. A test changes one thing; the signature is then right for what was changed.</summary>
/// <param name="Challenge">Base64url, as the page has it.</param>
/// <param name="Flags">Of the authenticator data, see <see cref="SoftwareAuthenticator"/>.</param>
/// <param name="CrossOrigin">Null: the member is left out.</param>
/// <param name="UserHandle">Base64url; null: the member is left out.</param>
internal sealed record Ceremony(
    string Type, string Challenge, string Origin, string RpId, byte Flags, uint SignCount, byte[] CredentialId, string? UserHandle,
    bool? CrossOrigin = false, string? TopOrigin = null, string? ExtraData = null);

/// <summary>A browser and its authenticator with one passkey, for tests without a browser. It takes the options as a page does and answers as <c>PublicKeyCredential.toJSON()</c>.</summary>
/// <param name="key">ECDSA on P-256, P-384 or P-521, or RSA; disposed with this.</param>
/// <param name="origin">Where the page comes from.</param>
internal sealed class SoftwareAuthenticator(AsymmetricAlgorithm key, string origin = "http://localhost") : IDisposable
{
    public const byte UserPresent = 0x01, UserVerified = 0x04, BackupEligible = 0x08, BackedUp = 0x10, HasCredential = 0x40;

    private string? userHandle;

    public SoftwareAuthenticator(string origin = "http://localhost") : this(ECDsa.Create(ECCurve.NamedCurves.nistP256), origin) { }

    public byte[] CredentialId { get; init; } = RandomNumberGenerator.GetBytes(32);

    public byte[] Aaguid { get; init; } = new byte[16];

    /// <summary>Uses so far; null: it does not count, as most that synchronise do.</summary>
    public uint? SignCount { get; set; } = 0;

    /// <summary>COSE algorithm of the key.</summary>
    public int Algorithm => key switch
    {
        ECDsa { KeySize: 256 } => -7,
        ECDsa { KeySize: 384 } => -35,
        ECDsa { KeySize: 521 } => -36,
        RSA => -257,
        _ => throw new NotSupportedException(),
    };

    /// <summary>The public key as a COSE_Key.</summary>
    public byte[] PublicKey => key switch
    {
        ECDsa ecdsa when ecdsa.ExportParameters(false) is var parameters =>
            Cbor.Map((1, Cbor.Int(2)), (3, Cbor.Int(Algorithm)), (-1, Cbor.Int(ecdsa.KeySize switch { 256 => 1, 384 => 2, _ => 3 })), (-2, Cbor.Bytes(parameters.Q.X!)), (-3, Cbor.Bytes(parameters.Q.Y!))),
        RSA rsa when rsa.ExportParameters(false) is var parameters =>
            Cbor.Map((1, Cbor.Int(3)), (3, Cbor.Int(Algorithm)), (-1, Cbor.Bytes(parameters.Modulus!)), (-2, Cbor.Bytes(parameters.Exponent!))),
        _ => throw new NotSupportedException(),
    };

    /// <summary>What <c>navigator.credentials.create</c> gives.</summary>
    public string Create(string optionsJson, Func<Ceremony, Ceremony>? change = null)
    {
        var options = JsonNode.Parse(optionsJson)!;
        userHandle = (string)options["user"]!["id"]!;
        var ceremony = Changed(new Ceremony(
            "webauthn.create", (string)options["challenge"]!, origin, (string)options["rp"]!["id"]!, UserPresent | UserVerified | HasCredential, SignCount ?? 0, CredentialId, null), change);
        return Created(ceremony, PublicKey);
    }

    /// <summary>What <c>navigator.credentials.get</c> gives.</summary>
    /// <param name="changeSignature">Makes another signature of the right one.</param>
    public string Get(string optionsJson, Func<Ceremony, Ceremony>? change = null, Func<byte[], byte[]>? changeSignature = null)
    {
        var options = JsonNode.Parse(optionsJson)!;
        if (SignCount is not null) SignCount++;
        var ceremony = Changed(new Ceremony(
            "webauthn.get", (string)options["challenge"]!, origin, (string)options["rpId"]!, UserPresent | UserVerified, SignCount ?? 0, CredentialId, userHandle), change);
        var signature = Sign([.. AuthenticatorData(ceremony), .. SHA256.HashData(ClientData(ceremony))]);
        return Answer(ceremony, changeSignature?.Invoke(signature) ?? signature);
    }

    /// <summary>The browser's answer with a new passkey of any key.</summary>
    public string Created(Ceremony ceremony, byte[] publicKey)
    {
        var length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)ceremony.CredentialId.Length);
        byte[] data = [.. AuthenticatorData(ceremony), .. Aaguid, .. length, .. ceremony.CredentialId, .. publicKey];
        return Credential(ceremony, new JsonObject
        {
            ["attestationObject"] = Base64Url.EncodeToString(Cbor.Map(("fmt", Cbor.Text("none")), ("attStmt", Cbor.Map()), ("authData", Cbor.Bytes(data)))),
            ["transports"] = new JsonArray("internal", "hybrid"),
        });
    }

    /// <summary>The browser's answer with any signature.</summary>
    public static string Answer(Ceremony ceremony, byte[] signature)
    {
        var response = new JsonObject
        {
            ["authenticatorData"] = Base64Url.EncodeToString(AuthenticatorData(ceremony)),
            ["signature"] = Base64Url.EncodeToString(signature),
        };
        if (ceremony.UserHandle is { } handle) response["userHandle"] = handle;
        return Credential(ceremony, response);
    }

    public void Dispose() => key.Dispose();

    private static Ceremony Changed(Ceremony ceremony, Func<Ceremony, Ceremony>? change) => change?.Invoke(ceremony) ?? ceremony;

    private static string Credential(Ceremony ceremony, JsonObject response)
    {
        var id = Base64Url.EncodeToString(ceremony.CredentialId);
        response["clientDataJSON"] = Base64Url.EncodeToString(ClientData(ceremony));
        return new JsonObject
        {
            ["id"] = id,
            ["rawId"] = id,
            ["type"] = "public-key",
            ["authenticatorAttachment"] = "platform",
            ["clientExtensionResults"] = new JsonObject(),
            ["response"] = response,
        }.ToJsonString();
    }

    private static byte[] AuthenticatorData(Ceremony ceremony)
    {
        var count = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(count, ceremony.SignCount);
        return [.. SHA256.HashData(Encoding.UTF8.GetBytes(ceremony.RpId)), ceremony.Flags, .. count];
    }

    /// <summary>The members' order and spelling are those of WebAuthn 5.8.1.1.</summary>
    private static byte[] ClientData(Ceremony ceremony)
    {
        var json = new StringBuilder($$"""{"type":"{{ceremony.Type}}","challenge":"{{ceremony.Challenge}}","origin":"{{ceremony.Origin}}" """.TrimEnd());
        if (ceremony.CrossOrigin is { } crossOrigin) json.Append(crossOrigin ? ",\"crossOrigin\":true" : ",\"crossOrigin\":false");
        if (ceremony.TopOrigin is { } topOrigin) json.Append($",\"topOrigin\":\"{topOrigin}\"");
        if (ceremony.ExtraData is { } extra) json.Append($",\"extraData\":\"{extra}\"");
        return Encoding.UTF8.GetBytes(json.Append('}').ToString());
    }

    private byte[] Sign(byte[] data) => key switch
    {
        ECDsa ecdsa => ecdsa.SignData(data, ecdsa.KeySize switch { 256 => HashAlgorithmName.SHA256, 384 => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 }, DSASignatureFormat.Rfc3279DerSequence),
        RSA rsa => rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        _ => throw new NotSupportedException(),
    };
}

/// <summary>As much of CBOR (RFC 8949) as authenticators write.</summary>
internal static class Cbor
{
    public static byte[] Int(int value) => value >= 0 ? Head(0, value) : Head(1, -1 - value);

    public static byte[] Bytes(byte[] value) => [.. Head(2, value.Length), .. value];

    public static byte[] Text(string value) => [.. Head(3, value.Length), .. Encoding.ASCII.GetBytes(value)];

    public static byte[] Map(params (int Key, byte[] Value)[] entries) => [.. Head(5, entries.Length), .. entries.SelectMany(entry => (byte[])[.. Int(entry.Key), .. entry.Value])];

    public static byte[] Map(params (string Key, byte[] Value)[] entries) => [.. Head(5, entries.Length), .. entries.SelectMany(entry => (byte[])[.. Text(entry.Key), .. entry.Value])];

    public static byte[] Map() => Head(5, 0);

    private static byte[] Head(int major, int value) => value switch
    {
        < 24 => [(byte)(major << 5 | value)],
        < 256 => [(byte)(major << 5 | 24), (byte)value],
        _ => [(byte)(major << 5 | 25), (byte)(value >> 8), (byte)value],
    };
}
