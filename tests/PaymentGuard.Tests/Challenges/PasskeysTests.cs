using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Challenges;
using PaymentGuard.Platform;

namespace PaymentGuard.Tests.Challenges;

public sealed class PasskeysTests : IDisposable
{
    private const string Account = "a_7";

    private static readonly DataKeys Keys = DataKeys.Parse(DataKeys.NewLine("k1"));

    private readonly Passkeys passkeys = With(("PAYMENTGUARD_PASSKEY_RP_ID", "localhost"), ("PAYMENTGUARD_PASSKEY_ORIGINS", "http://localhost"));
    private readonly SoftwareAuthenticator authenticator = new();
    private readonly byte[] challenge = RandomNumberGenerator.GetBytes(32);

    public void Dispose() => authenticator.Dispose();

    [Fact]
    public async Task CreationOptions_OfAnAccount_SayWhatIsDemandedAndNothingPersonal()
    {
        var existing = await Register(authenticator);
        var options = JsonNode.Parse(await passkeys.CreationOptions(Account, [existing], challenge))!;
        Assert.Equal(Base64Url.EncodeToString(challenge), (string)options["challenge"]!);
        Assert.Equal("localhost", (string)options["rp"]!["id"]!);
        Assert.Equal(("preferred", "required"), ((string)options["authenticatorSelection"]!["residentKey"]!, (string)options["authenticatorSelection"]!["userVerification"]!));
        Assert.Equal(("none", 120_000), ((string)options["attestation"]!, (int)options["timeout"]!));
        Assert.Equal(Base64Url.EncodeToString(existing.Id), (string)options["excludeCredentials"]![0]!["id"]!);
        Assert.Contains(-7, options["pubKeyCredParams"]!.AsArray().Select(parameter => (int)parameter!["alg"]!));
        var handle = Base64Url.DecodeFromChars((string)options["user"]!["id"]!);
        Assert.InRange(handle.Length, 32, 64);
        Assert.DoesNotContain(Account, Encoding.Latin1.GetString(handle), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestOptions_OfAnAccount_NameItsPasskeysAndTheChallenge()
    {
        var credential = await Register(authenticator);
        var options = JsonNode.Parse(await passkeys.RequestOptions(Account, [credential], challenge))!;
        Assert.Equal(Base64Url.EncodeToString(challenge), (string)options["challenge"]!);
        Assert.Equal(("localhost", "required", 120_000), ((string)options["rpId"]!, (string)options["userVerification"]!, (int)options["timeout"]!));
        var allowed = Assert.Single(options["allowCredentials"]!.AsArray())!;
        Assert.Equal(Base64Url.EncodeToString(credential.Id), (string)allowed["id"]!);
        Assert.Equal(["internal", "hybrid"], allowed["transports"]!.AsArray().Select(transport => (string)transport!));
    }

    [Theory]
    [InlineData("ES256")]
    [InlineData("ES384")]
    [InlineData("ES512")]
    [InlineData("RS256")]
    public async Task Read_EachKindOfKey_IsAccepted(string kind)
    {
        using var other = new SoftwareAuthenticator(NewKey(kind));
        var credential = Stored(await Register(other), signCount: 0);
        var use = await passkeys.ReadAnswer(other.Get(await Options(credential)), challenge, Account, [await Register(authenticator), credential]);
        Assert.Equal(new PasskeyUse(Index: 1, SignCount: 1), use);
    }

    [Fact]
    public async Task ReadAnswer_WithoutUserHandle_IsAccepted()
    {
        var credential = await Register(authenticator);
        Assert.NotNull(await Answer(credential, ceremony => ceremony with { UserHandle = null }));
        Assert.NotNull(await Answer(credential, ceremony => ceremony with { CrossOrigin = null }));
    }

    [Fact]
    public async Task ReadAnswer_AnythingChanged_IsRefused()
    {
        var credential = await Register(authenticator) with { SignCount = 5 };
        authenticator.SignCount = 5;
        Assert.NotNull(await Answer(credential));
        var accepted = new List<string>();
        foreach (var (name, change) in ChangesOfEither().Concat(ChangesOfAnswers()))
        {
            authenticator.SignCount = 5;
            if (await Answer(credential, change) is not null) accepted.Add(name);
        }
        Assert.Empty(accepted);
    }

    [Fact]
    public async Task ReadCreated_AnythingChanged_IsRefused()
    {
        var options = await passkeys.CreationOptions(Account, [], challenge);
        Assert.NotNull(await passkeys.ReadCreated(authenticator.Create(options), challenge, Account));
        var accepted = new List<string>();
        foreach (var (name, change) in ChangesOfEither().Append(("type", ceremony => ceremony with { Type = "webauthn.get" })))
            if (await passkeys.ReadCreated(authenticator.Create(options, change), challenge, Account) is not null) accepted.Add(name);
        Assert.Empty(accepted);
    }

    /// <summary>The challenge holds the act's hash, so an answer to another amount or payee is one to another challenge.</summary>
    [Fact]
    public async Task ReadAnswer_ToAnotherAct_IsRefused()
    {
        var credential = await Register(authenticator);
        var nonce = RandomNumberGenerator.GetBytes(32);
        var act = SHA256.HashData("10.50 EUR to m_5"u8);
        var answer = authenticator.Get(await passkeys.RequestOptions(Account, [credential], Passkeys.ChallengeFor(nonce, act)));
        Assert.Null(await passkeys.ReadAnswer(answer, Passkeys.ChallengeFor(nonce, SHA256.HashData("10.51 EUR to m_5"u8)), Account, [credential]));
        Assert.Null(await passkeys.ReadAnswer(answer, Passkeys.ChallengeFor(RandomNumberGenerator.GetBytes(32), act), Account, [credential]));
        Assert.NotNull(await passkeys.ReadAnswer(answer, Passkeys.ChallengeFor(nonce, act), Account, [credential]));
    }

    [Fact]
    public async Task ReadAnswer_OfAnotherAccount_IsRefused()
    {
        using var stranger = new SoftwareAuthenticator();
        var own = await Register(authenticator);
        var foreign = await Register(stranger, "a_8");
        Assert.Null(await passkeys.ReadAnswer(stranger.Get(await Options(own)), challenge, Account, [own]));
        // Even if the stranger's passkey came to be stored under this account: the handle tells.
        Assert.Null(await passkeys.ReadAnswer(stranger.Get(await Options(own)), challenge, Account, [own, foreign]));
        Assert.Null(await passkeys.ReadAnswer(authenticator.Get(await Options(own)), challenge, Account, []));
    }

    [Fact]
    public async Task ReadAnswer_WrongSignature_IsRefused()
    {
        var credential = await Register(authenticator);
        var options = await Options(credential);
        Func<byte[], byte[]>[] changes =
        [
            signature => [], signature => signature[..^1], signature => [.. signature, 0], signature => [.. signature.Take(signature.Length - 1), (byte)(signature[^1] ^ 1)],
            signature => new byte[signature.Length], signature => [0x30, 6, 2, 1, 0, 2, 1, 0], signature => new byte[64],
        ];
        foreach (var change in changes)
            Assert.Null(await passkeys.ReadAnswer(authenticator.Get(options, changeSignature: change), challenge, Account, [credential]));
    }

    [Fact]
    public async Task ReadAnswer_CountedTwice_IsRefused()
    {
        var credential = await Register(authenticator);
        var answer = authenticator.Get(await Options(credential));
        var use = await passkeys.ReadAnswer(answer, challenge, Account, [credential]);
        Assert.Null(await passkeys.ReadAnswer(answer, challenge, Account, [credential with { SignCount = use!.SignCount }]));
    }

    /// <summary>So the challenge must be used once.</summary>
    [Fact]
    public async Task ReadAnswer_NotCountedTwice_CannotBeTold()
    {
        authenticator.SignCount = null;
        var credential = await Register(authenticator);
        var answer = authenticator.Get(await Options(credential));
        Assert.Equal(0, (await passkeys.ReadAnswer(answer, challenge, Account, [credential]))!.SignCount);
        Assert.NotNull(await passkeys.ReadAnswer(answer, challenge, Account, [credential]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public async Task Read_ShortChallenge_IsRefused(int size)
    {
        var credential = await Register(authenticator);
        var brief = new byte[size];
        Assert.Null(await passkeys.ReadAnswer(authenticator.Get(await passkeys.RequestOptions(Account, [credential], brief)), brief, Account, [credential]));
        Assert.Null(await passkeys.ReadCreated(authenticator.Create(await passkeys.CreationOptions(Account, [], brief)), brief, Account));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\"\"")]
    [InlineData("17")]
    [InlineData("\u0000")]
    [InlineData("\ud800")]
    [InlineData("""{"id":"AAAA","rawId":"AAAA","type":"public-key","response":null}""")]
    [InlineData("""{"id":"AAAA","rawId":"AAAA","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"e30","authenticatorData":"","signature":"","attestationObject":""}}""")]
    [InlineData("""{"id":"=?","rawId":"AAAA","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"bnVsbA","authenticatorData":"AAAA","signature":"AAAA","attestationObject":"AAAA"}}""")]
    public async Task Read_NoCredential_IsRefused(string json)
    {
        var credential = await Register(authenticator);
        Assert.Null(await passkeys.ReadAnswer(json, challenge, Account, [credential]));
        Assert.Null(await passkeys.ReadCreated(json, challenge, Account));
    }

    [Fact]
    public async Task Read_DeepOrLong_IsRefused()
    {
        var deep = string.Concat(Enumerable.Repeat("[", 16_000));
        var nested = $$$"""{"id":"AAAA","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"e30","attestationObject":"{{{Base64Url.EncodeToString(Enumerable.Repeat((byte)0x81, 11_000).ToArray())}}}"}}""";
        Assert.Null(await passkeys.ReadCreated(deep, challenge, Account));
        Assert.Null(await passkeys.ReadCreated(nested, challenge, Account));
        var created = authenticator.Create(await passkeys.CreationOptions(Account, [], challenge));
        Assert.NotNull(await passkeys.ReadCreated(created.PadRight(Passkeys.CredentialLengthMax), challenge, Account));
        Assert.Null(await passkeys.ReadCreated(created.PadRight(Passkeys.CredentialLengthMax + 1), challenge, Account));
    }

    /// <summary>Whatever is done to the text or to what its base64 holds: no exception, and nothing of another meaning is accepted.</summary>
    [Fact]
    public async Task Read_RandomlyDamaged_IsRefusedOrMeansTheSame()
    {
        var credential = await Register(authenticator);
        var answer = authenticator.Get(await Options(credential));
        var created = authenticator.Create(await passkeys.CreationOptions(Account, [], challenge));
        var damage = from position in Gen.Choose(0, 2_000) from with in Gen.Choose(0, 127) from length in Gen.Choose(0, 40) select (position, with, length);
        Prop.ForAll(damage.ToArbitrary(), cut =>
        {
            var use = passkeys.ReadAnswer(Damaged(answer, cut), challenge, Account, [credential]).GetAwaiter().GetResult();
            var made = passkeys.ReadCreated(Damaged(created, cut), challenge, Account).GetAwaiter().GetResult();
            return (use is null || use.SignCount == 1) && (made is null || made.Id.AsSpan().SequenceEqual(credential.Id));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task Credential_StoredAndRead_IsTheSame()
    {
        var credential = await Register(authenticator, change: ceremony => ceremony with { Flags = (byte)(ceremony.Flags | SoftwareAuthenticator.BackupEligible), SignCount = 3 });
        var read = Stored(credential, credential.SignCount);
        Assert.Equal(credential.Id, read.Id);
        Assert.Equal(credential.PublicKey, read.PublicKey);
        Assert.Equal(credential.Transports, read.Transports);
        Assert.Equal((true, 3L), (read.IsBackupEligible, read.SignCount));
    }

    [Theory]
    [InlineData("Localhost", null)]
    [InlineData("https://shop.example", null)]
    [InlineData("shop.example:443", null)]
    [InlineData("192.0.2.1", null)]
    [InlineData("shop.example", "https://other.example")]
    [InlineData("shop.example", "https://evilshop.example")]
    [InlineData("shop.example", "http://shop.example")]
    [InlineData("shop.example", "https://shop.example/")]
    [InlineData("shop.example", "https://shop.example:443")]
    [InlineData("shop.example", "https://Shop.example")]
    [InlineData("shop.example", ";")]
    [InlineData("localhost", "shop.example")]
    public void Settings_NoDomainOrNotItsOrigin_AreRefused(string rpId, string? origins) =>
        Assert.Throws<SettingException>(() => With(("PAYMENTGUARD_PASSKEY_RP_ID", rpId), ("PAYMENTGUARD_PASSKEY_ORIGINS", origins)));

    [Fact]
    public void Settings_OriginsOfTheDomain_AreTaken()
    {
        With();
        With(("PAYMENTGUARD_PASSKEY_RP_ID", "shop.example"));
        With(("PAYMENTGUARD_PASSKEY_RP_ID", "shop.example"), ("PAYMENTGUARD_PASSKEY_ORIGINS", "https://shop.example; https://pay.shop.example:8443;android:apk-key-hash:abc"));
        With(("PAYMENTGUARD_PASSKEY_ORIGINS", "http://localhost:3000"));
    }

    private static IEnumerable<(string Name, Func<Ceremony, Ceremony> Change)> ChangesOfEither() =>
    [
        ("origin", ceremony => ceremony with { Origin = "https://evil.example" }),
        ("port", ceremony => ceremony with { Origin = "http://localhost:81" }),
        ("scheme", ceremony => ceremony with { Origin = "https://localhost" }),
        ("origin's case", ceremony => ceremony with { Origin = "http://LOCALHOST" }),
        ("empty origin", ceremony => ceremony with { Origin = "" }),
        ("relying party", ceremony => ceremony with { RpId = "evil.example" }),
        ("challenge", ceremony => ceremony with { Challenge = Base64Url.EncodeToString(new byte[32]) }),
        ("challenge's start", ceremony => ceremony with { Challenge = ceremony.Challenge[..20] }),
        ("empty challenge", ceremony => ceremony with { Challenge = "" }),
        ("user not verified", ceremony => ceremony with { Flags = (byte)(ceremony.Flags & ~SoftwareAuthenticator.UserVerified) }),
        ("user not present", ceremony => ceremony with { Flags = (byte)(ceremony.Flags & ~SoftwareAuthenticator.UserPresent) }),
        ("backed up, yet not eligible", ceremony => ceremony with { Flags = (byte)(ceremony.Flags | SoftwareAuthenticator.BackedUp) }),
        ("cross origin", ceremony => ceremony with { CrossOrigin = true }),
        ("cross origin with its top", ceremony => ceremony with { CrossOrigin = true, TopOrigin = "https://evil.example" }),
        ("top origin alone", ceremony => ceremony with { TopOrigin = "http://localhost" }),
        ("payment type", ceremony => ceremony with { Type = "payment.get" }),
        ("no type", ceremony => ceremony with { Type = "" }),
        ("flag of data that is not there", ceremony => ceremony with { Flags = (byte)(ceremony.Flags | 0x80) }),
    ];

    private static IEnumerable<(string Name, Func<Ceremony, Ceremony> Change)> ChangesOfAnswers() =>
    [
        ("creation's type", ceremony => ceremony with { Type = "webauthn.create" }),
        ("user handle", ceremony => ceremony with { UserHandle = Base64Url.EncodeToString(new byte[32]) }),
        ("empty user handle", ceremony => ceremony with { UserHandle = "" }),
        ("unknown credential", ceremony => ceremony with { CredentialId = new byte[32] }),
        ("empty credential", ceremony => ceremony with { CredentialId = [] }),
        ("same count", ceremony => ceremony with { SignCount = 5 }),
        ("lower count", ceremony => ceremony with { SignCount = 4 }),
        ("no count any more", ceremony => ceremony with { SignCount = 0 }),
        ("backup eligible now", ceremony => ceremony with { Flags = (byte)(ceremony.Flags | SoftwareAuthenticator.BackupEligible) }),
    ];

    private async Task<PasskeyCredential> Register(SoftwareAuthenticator device, string account = Account, Func<Ceremony, Ceremony>? change = null) =>
        (await passkeys.ReadCreated(device.Create(await passkeys.CreationOptions(account, [], challenge), change), challenge, account))!;

    private Task<string> Options(PasskeyCredential credential) => passkeys.RequestOptions(Account, [credential], challenge);

    private async Task<PasskeyUse?> Answer(PasskeyCredential credential, Func<Ceremony, Ceremony>? change = null) =>
        await passkeys.ReadAnswer(authenticator.Get(await Options(credential), change), challenge, Account, [credential]);

    private static PasskeyCredential Stored(PasskeyCredential credential, long signCount) => PasskeyCredential.Read(credential.ToBytes(), signCount);

    private static string Damaged(string text, (int Position, int With, int Length) cut)
    {
        var start = cut.Position % text.Length;
        return text[..start] + (char)cut.With + text[Math.Min(text.Length, start + cut.Length)..];
    }

    private static AsymmetricAlgorithm NewKey(string kind) => kind switch
    {
        "ES256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        "ES384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        "ES512" => ECDsa.Create(ECCurve.NamedCurves.nistP521),
        _ => RSA.Create(2_048),
    };

    private static Passkeys With(params (string Name, string? Value)[] settings) =>
        new(new Settings(name => Array.Find(settings, setting => setting.Name == name).Value), Keys);
}
