using System.Security.Cryptography;
using Npgsql;
using PaymentGuard.Accounts;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>Gives the browser what it asks a passkey with, bound to the challenge's act. Fresh options replace those before.</summary>
internal sealed class OfferPasskey(DataKeys keys, Passkeys passkeys, TimeProvider clock)
{
    private const int NonceSize = 32;

    /// <summary>Inside the caller's transaction.</summary>
    /// <returns>The options as JSON; null: the challenge is not open, or the account is locked or frozen, or has no passkey.</returns>
    public async Task<string?> Handle(NpgsqlConnection connection, Guid challengeId, CancellationToken ct)
    {
        if (await ChallengeTable.AccountOf(connection, challengeId, ct) is not { } accountId) return null;
        var account = await AccountTable.Lock(connection, accountId, ct);
        var challenge = await ChallengeTable.Find(connection, challengeId, ct) ?? throw new InvalidOperationException("A challenge is never deleted.");
        var now = clock.GetUtcNow();
        if (!challenge.MayBeAnswered(account, now)) return null;
        var factors = await Factor.Of(connection, accountId, challenge.FactorsBefore, ct);
        var credentials = factors.Where(factor => factor.Kind == Methods.Passkey).Select(factor => factor.Passkey(keys)).ToList();
        if (credentials.Count == 0) return null;
        var nonce = RandomNumberGenerator.GetBytes(NonceSize);
        await ChallengeTable.OfferPasskey(connection, challengeId, nonce, now + Passkeys.Patience, ct);
        return await passkeys.RequestOptions(accountId, credentials, Passkeys.ChallengeFor(nonce, challenge.ActHash));
    }
}
