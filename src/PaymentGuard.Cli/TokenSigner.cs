using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PaymentGuard.Platform;

namespace PaymentGuard.Cli;

/// <summary>Makes access tokens (JWT, ES256) for a local set-up; in production the platform's identity provider does.</summary>
/// <param name="privateKeyPem">An ECDSA key on P-256.</param>
internal sealed class TokenSigner(string privateKeyPem, string issuer, string audience, TimeProvider clock) : IDisposable
{
    /// <summary>All that checkout needs.</summary>
    public static readonly IReadOnlyList<string> CheckoutScopes = ["risk:assess", "risk:read", "events:write", "challenges:write"];

    /// <summary>For tokens that an Api with these settings takes.</summary>
    public static TokenSigner Create(Settings settings, TimeProvider clock)
    {
        if (!File.Exists(settings.SigningKeyFile)) throw new SettingException($"PAYMENTGUARD_SIGNING_KEY: the file {settings.SigningKeyFile} does not exist.");
        return new TokenSigner(File.ReadAllText(settings.SigningKeyFile), settings.Issuer, settings.Audience, clock);
    }

    // The library's cache would give another signer of the same key this one's, which may be disposed by then.
    private static readonly CryptoProviderFactory Uncached = new() { CacheSignatureProviders = false };

    private readonly ECDsa key = Import(privateKeyPem);

    /// <param name="subject">Who acts.</param>
    /// <param name="lifetime">From now on.</param>
    public string Sign(string subject, IEnumerable<string> scopes, TimeSpan lifetime)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer,
            Audience = audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + lifetime,
            Claims = new Dictionary<string, object> { ["sub"] = subject, ["scope"] = string.Join(' ', scopes), ["jti"] = Guid.NewGuid().ToString("N") },
            SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(key), SecurityAlgorithms.EcdsaSha256) { CryptoProviderFactory = Uncached },
        });
    }

    public void Dispose() => key.Dispose();

    private static ECDsa Import(string pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key;
    }
}
