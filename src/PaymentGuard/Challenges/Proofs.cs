using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>What a proof says.</summary>
/// <param name="Id">The token's <c>jti</c>.</param>
/// <param name="ActHash">The token's <c>txh</c>.</param>
/// <param name="ExpiresAt">From then on it cannot be redeemed; that it was redeemed can still be asked.</param>
internal sealed record Proof(Guid Id, Guid ChallengeId, byte[] ActHash, DateTimeOffset ExpiresAt);

/// <summary>
/// Proofs that a challenge was answered: JWT, ES256, type <c>pg-sca+jwt</c>, audience <c>checkout</c>, 5 minutes. Whether one was used is the challenge's to know.
/// </summary>
internal sealed class Proofs : IDisposable
{
    public const string TokenType = "pg-sca+jwt", Issuer = "paymentguard", Audience = "checkout";

    /// <summary>How long a proof may be redeemed.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(5);

    private const int LengthMax = 4_096;

    private readonly ECDsa key = ECDsa.Create();
    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false, MaximumTokenSizeInBytes = LengthMax };
    private readonly SigningCredentials signing;
    private readonly TokenValidationParameters rules;

    public Proofs(Settings settings)
    {
        key.ImportFromPem(ServiceKey.ReadPem(settings));
        var security = new ECDsaSecurityKey(key) { KeyId = Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 12)) };
        signing = new SigningCredentials(security, SecurityAlgorithms.EcdsaSha256);
        rules = new TokenValidationParameters
        {
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ValidTypes = [TokenType],
            ValidIssuer = Issuer,
            ValidAudience = Audience,
            IssuerSigningKey = security,
            TryAllIssuerSigningKeys = false,
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            // Whether it has expired is told apart by whoever reads it: a repeated redemption is answered after that as well.
            LifetimeValidator = (_, expires, _, _) => expires is not null,
        };
    }

    /// <summary>The proof of a challenge that was answered.</summary>
    public string Sign(Challenge answered) => handler.CreateToken(new SecurityTokenDescriptor
    {
        TokenType = TokenType,
        Issuer = Issuer,
        Audience = Audience,
        IssuedAt = answered.AnsweredAt!.Value.UtcDateTime,
        Expires = answered.ProofExpiresAt!.Value.UtcDateTime,
        Claims = new Dictionary<string, object>
        {
            ["jti"] = answered.ProofId!.Value.ToString("N"),
            ["sub"] = answered.AccountId,
            ["challenge"] = ChallengeJson.PublicId(answered.Id),
            ["txh"] = Base64Url.EncodeToString(answered.ActHash),
            ["methods"] = new[] { answered.Method! },
            ["sca"] = answered.Sca!.Value,
        },
        SigningCredentials = signing,
    });

    /// <summary>What a proof of ours says, expired or not; null for anything else.</summary>
    public async Task<Proof?> Read(string token)
    {
        if (token.Length > LengthMax) return null;
        var validated = await handler.ValidateTokenAsync(token, rules);
        if (!validated.IsValid || validated.SecurityToken is not JsonWebToken jwt) return null;
        return Guid.TryParseExact(jwt.Id, "N", out var id)
            && jwt.TryGetPayloadValue<string>("challenge", out var challenge) && ChallengeJson.TryReadId(challenge, out var challengeId)
            && jwt.TryGetPayloadValue<string>("txh", out var hash) && Base64Url.IsValid(hash)
                ? new Proof(id, challengeId, Base64Url.DecodeFromChars(hash), jwt.ValidTo)
                : null;
    }

    public void Dispose() => key.Dispose();
}
