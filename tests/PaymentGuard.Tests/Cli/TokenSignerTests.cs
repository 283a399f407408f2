using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using PaymentGuard.Cli;

namespace PaymentGuard.Tests.Cli;

public sealed class TokenSignerTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Sign_AnyScopes_IsVerifiedByThePublicKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signer = new TokenSigner(key.ExportPkcs8PrivateKeyPem(), "https://issuer.example", "paymentguard", new StoppedClock());
        var token = signer.Sign("staff-7", ["risk:read", "events:write"], TimeSpan.FromMinutes(5));
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = "https://issuer.example",
            ValidAudience = "paymentguard",
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKey = new ECDsaSecurityKey(key),
            LifetimeValidator = (from, until, _, _) => from == Now.UtcDateTime && until == Now.AddMinutes(5).UtcDateTime,
        });
        Assert.True(result.IsValid, result.Exception?.Message);
        Assert.Equal("staff-7", result.Claims["sub"]);
        Assert.Equal("risk:read events:write", result.Claims["scope"]);
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
