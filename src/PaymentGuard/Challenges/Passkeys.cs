using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>A passkey that was used.</summary>
/// <param name="Index">Where it stands in the list that was given.</param>
/// <param name="SignCount">To be stored in place of the one before.</param>
internal sealed record PasskeyUse(int Index, long SignCount);

/// <summary>
/// The server's side of WebAuthn: options for the browser, and the check of what comes back. User verification is always demanded, pages in frames of other
/// sites are refused, attestation is neither asked for nor looked at. Stores nothing: that a challenge is used once is the caller's to see to, also because
/// many authenticators count no uses, and their answers would pass twice here. Thread safe.
/// </summary>
internal sealed class Passkeys
{
    /// <summary>How long a browser may take; the caller keeps no challenge for longer.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Characters of a credential's JSON; what exceeds it is refused unread.</summary>
    public const int CredentialLengthMax = 16_384;

    /// <summary>WebAuthn level 3, 13.4.3: shorter ones can be guessed.</summary>
    private const int ChallengeSizeMin = 16;

    /// <summary>The framework's handler hands it on to callbacks and reads nothing from it, because the relying party's id is set.</summary>
    private static readonly HttpContext NoRequest = new DefaultHttpContext();

    private readonly byte[] handleKey;
    private readonly OptionsWrapper<IdentityPasskeyOptions> options;

    public Passkeys(Settings settings, DataKeys keys) : this(Policy(settings.PasskeyRpId, settings.PasskeyOrigins), keys.Derive("passkey-handles")) { }

    /// <summary>With another policy than ours: WebAuthn's own test vectors are not all made for it.</summary>
    internal Passkeys(IdentityPasskeyOptions policy, byte[] handleKey) => (options, this.handleKey) = (new(policy), handleKey);

    /// <summary>The challenge for an act: random by its nonce, and of no use for any other act (dynamic linking).</summary>
    /// <param name="nonce">32 random bytes.</param>
    public static byte[] ChallengeFor(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> actHash) => SHA256.HashData([.. "paymentguard/sca/v1\0"u8, .. nonce, .. actHash]);

    /// <summary>What <c>navigator.credentials.create</c> takes as <c>publicKey</c>, as JSON. The names in it are the account's id; a page may show better ones.</summary>
    /// <param name="existing">The account's passkeys: an authenticator that has one makes no other.</param>
    /// <param name="challenge">32 random bytes, stored for this account until the answer comes.</param>
    public async Task<string> CreationOptions(string accountId, IReadOnlyList<PasskeyCredential> existing, byte[] challenge)
    {
        var owner = new PasskeyOwner(HandleOf(accountId), existing);
        var made = await HandlerFor(owner).MakeCreationOptionsAsync(Entity(owner, accountId), NoRequest);
        return WithChallenge(made.CreationOptionsJson, challenge);
    }

    /// <summary>The new passkey of an account; null: refused. Whether another account has one of the same id is the caller's to see.</summary>
    /// <param name="credentialJson">What the browser made of the options, <c>PublicKeyCredential.toJSON()</c>; as it came, however malformed.</param>
    public async Task<PasskeyCredential?> ReadCreated(string credentialJson, byte[] challenge, string accountId)
    {
        if (!IsAcceptable(credentialJson, challenge)) return null;
        var owner = new PasskeyOwner(HandleOf(accountId), []);
        var result = await HandlerFor(owner).PerformAttestationAsync(new PasskeyAttestationContext
        {
            HttpContext = NoRequest,
            CredentialJson = credentialJson,
            AttestationState = State(challenge, "userEntity", JsonSerializer.SerializeToNode(Entity(owner, accountId), JsonSerializerOptions.Web)!),
        });
        return result.Succeeded
            ? new(result.Passkey.CredentialId, result.Passkey.PublicKey, result.Passkey.Transports ?? [], result.Passkey.IsBackupEligible) { SignCount = result.Passkey.SignCount }
            : null;
    }

    /// <summary>What <c>navigator.credentials.get</c> takes as <c>publicKey</c>, as JSON.</summary>
    /// <param name="credentials">The passkeys that may answer.</param>
    /// <param name="challenge">See <see cref="ChallengeFor"/>.</param>
    public async Task<string> RequestOptions(string accountId, IReadOnlyList<PasskeyCredential> credentials, byte[] challenge)
    {
        var owner = new PasskeyOwner(HandleOf(accountId), credentials);
        var made = await HandlerFor(owner).MakeRequestOptionsAsync(owner, NoRequest);
        return WithChallenge(made.RequestOptionsJson, challenge);
    }

    /// <summary>Which of an account's passkeys has answered the challenge; null: none, for whatever reason.</summary>
    /// <param name="credentialJson">What the browser made of the options, <c>PublicKeyCredential.toJSON()</c>; as it came, however malformed.</param>
    /// <param name="credentials">The passkeys that may answer, with the sign counts of their last use.</param>
    public async Task<PasskeyUse?> ReadAnswer(string credentialJson, byte[] challenge, string accountId, IReadOnlyList<PasskeyCredential> credentials)
    {
        if (!IsAcceptable(credentialJson, challenge)) return null;
        var owner = new PasskeyOwner(HandleOf(accountId), credentials);
        var result = await HandlerFor(owner).PerformAssertionAsync(new PasskeyAssertionContext
        {
            HttpContext = NoRequest,
            CredentialJson = credentialJson,
            AssertionState = State(challenge, "userId", owner.Handle),
        });
        if (!result.Succeeded) return null;
        var index = credentials.ToList().FindIndex(credential => credential.Id.AsSpan().SequenceEqual(result.Passkey.CredentialId));
        return new PasskeyUse(index, result.Passkey.SignCount);
    }

    private static IdentityPasskeyOptions Policy(string rpId, IReadOnlyList<string> origins) => new()
    {
        ServerDomain = rpId,
        AuthenticatorTimeout = Patience,
        UserVerificationRequirement = "required",
        ResidentKeyRequirement = "preferred",
        AttestationConveyancePreference = "none",
        ValidateOrigin = page => ValueTask.FromResult(origins.Contains(page.Origin, StringComparer.Ordinal) && !page.CrossOrigin && page.TopOrigin is null),
    };

    private static bool IsAcceptable(string credentialJson, byte[] challenge) =>
        credentialJson.Length is > 0 and <= CredentialLengthMax && challenge.Length >= ChallengeSizeMin;

    /// <summary>The user handle. Synchronised passkeys carry it to other companies' servers, so it says nothing about the account; 43 characters (at most 64 bytes are allowed).</summary>
    private string HandleOf(string accountId) => Base64Url.EncodeToString(HMACSHA256.HashData(handleKey, Encoding.UTF8.GetBytes(accountId)));

    private static PasskeyUserEntity Entity(PasskeyOwner owner, string accountId) => new() { Id = owner.Handle, Name = accountId, DisplayName = accountId };

    /// <summary>A handler that knows one account. Of the user manager it uses only what reads the store.</summary>
    private PasskeyHandler<PasskeyOwner> HandlerFor(PasskeyOwner owner) =>
        new(new UserManager<PasskeyOwner>(new PasskeyOwnerStore(owner), null!, null!, null!, null!, null!, null!, null!, null!), options);

    /// <summary>What the handler would have remembered had it chosen the challenge; base64 here, base64url towards browsers.</summary>
    private static string State(byte[] challenge, string name, JsonNode value) =>
        new JsonObject { ["challenge"] = Convert.ToBase64String(challenge), [name] = value }.ToJsonString();

    private static string WithChallenge(string optionsJson, byte[] challenge)
    {
        var json = JsonNode.Parse(optionsJson)!;
        json["challenge"] = Base64Url.EncodeToString(challenge);
        return json.ToJsonString();
    }
}
