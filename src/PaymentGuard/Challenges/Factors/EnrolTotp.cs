using PaymentGuard.Domain.Challenges;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges.Factors;

/// <summary>Begins an authenticator app. One that the account has already goes on counting beside it.</summary>
internal sealed class EnrolTotp(Settings settings, DataKeys keys)
{
    /// <summary>How long the buyer may take to type the first code.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    private readonly string issuer = settings.TotpIssuer;

    public async Task<FactorOutcome> Handle(FactorChange change, string? proof, CodeAlgorithm algorithm, int digits)
    {
        if (await change.ProveAddition(proof) is { } refused) return refused;
        var (id, secret) = (Guid.CreateVersion7(change.Now), TotpSecret.Make(issuer, change.Account.Id, algorithm, digits));
        var factor = new PendingFactor(
            id, Methods.Totp, change.Now, change.Now + Patience, keys.Encrypt(secret.Bytes, Factor.SecretPlace(id)), algorithm, digits);
        await FactorTable.Begin(change.Connection, change.Account.Id, factor, change.Ct);
        change.Audit("factor.added", id, Methods.Totp);
        return new FactorOutcome.TotpBegun(id, secret);
    }
}
