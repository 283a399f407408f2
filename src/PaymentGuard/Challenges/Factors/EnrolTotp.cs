using System.Security.Cryptography;
using PaymentGuard.Domain.Challenges;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges.Factors;

/// <summary>Begins an authenticator app. One that the account has already goes on counting beside it.</summary>
internal sealed class EnrolTotp(Settings settings, DataKeys keys)
{
    /// <summary>How long the buyer may take to type the first code.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <summary>RFC 4226 asks for 16 at least and recommends 20; apps take any length.</summary>
    private const int SecretSize = 32;

    private readonly string issuer = settings.TotpIssuer;

    public async Task<FactorOutcome> Handle(FactorChange change, string? proof, CodeAlgorithm algorithm, int digits)
    {
        if (await change.ProveAddition(proof) is { } refused) return refused;
        var (id, secret) = (Guid.CreateVersion7(change.Now), RandomNumberGenerator.GetBytes(SecretSize));
        var factor = new PendingFactor(
            id, Methods.Totp, change.Now, change.Now + Patience, keys.Encrypt(secret, Factor.SecretPlace(id)), algorithm, digits);
        await FactorTable.Begin(change.Connection, change.Account.Id, factor, change.Ct);
        change.Audit("factor.added", id, Methods.Totp);
        return new FactorOutcome.TotpBegun(id, new TotpSecret(secret, issuer, change.Account.Id, algorithm, digits));
    }
}
