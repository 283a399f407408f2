using System.Security.Cryptography;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges.Factors;

/// <summary>Adds a passkey in two steps: options for the browser, then what it made of them.</summary>
internal sealed class AddPasskey(Passkeys passkeys, DataKeys keys, CodeHashes hashes)
{
    private const int ChallengeSize = 32;

    public async Task<FactorOutcome> Begin(FactorChange change, string? proof)
    {
        if (await change.ProveAddition(proof) is { } refused) return refused;
        var (id, challenge) = (Guid.CreateVersion7(change.Now), RandomNumberGenerator.GetBytes(ChallengeSize));
        var existing = (await FactorTable.All(change.Connection, change.Account.Id, change.Now, change.Ct))
            .Where(factor => factor.Kind == Methods.Passkey && factor.ConfirmedAt is not null).Select(factor => factor.Passkey(keys)).ToList();
        var pending = new PendingFactor(id, Methods.Passkey, change.Now, change.Now + Passkeys.Patience, keys.Encrypt(challenge, Factor.SecretPlace(id)));
        await FactorTable.Begin(change.Connection, change.Account.Id, pending, change.Ct);
        change.Audit("factor.added", id, Methods.Passkey);
        return new FactorOutcome.PasskeyBegun(await passkeys.CreationOptions(change.Account.Id, existing, challenge));
    }

    /// <param name="credentialJson">As it came, however malformed.</param>
    public async Task<FactorOutcome> Complete(FactorChange change, string credentialJson)
    {
        if (change.Account.Lock.IsClosedAt(change.Now)) return change.Refuse("locked");
        if (await FactorTable.FindPendingPasskey(change.Connection, change.Account.Id, change.Ct) is not { } pending || !change.MayBeConfirmed(pending)) return change.Refuse("closed");
        var challenge = keys.Decrypt(pending.Secret, Factor.SecretPlace(pending.Id));
        if (await passkeys.ReadCreated(credentialJson, challenge, change.Account.Id) is not { } credential) return change.Refuse("wrong", factorId: pending.Id);
        var lookup = hashes.OfCredential(credential.Id);
        if (await FactorTable.IsLookupTaken(change.Connection, lookup, change.Ct)) return change.Refuse("taken", factorId: pending.Id);
        var secret = keys.Encrypt(credential.ToBytes(), Factor.SecretPlace(pending.Id));
        await FactorTable.Confirm(
            change.Connection, change.Account.Id, pending.Id, new Confirmation(Secret: secret, Lookup: lookup, SignCount: credential.SignCount), change.Now, change.Ct);
        await change.Tell(NotificationKinds.FactorAdded, Methods.Passkey);
        change.Audit("factor.confirmed", pending.Id, Methods.Passkey);
        return new FactorOutcome.PasskeyAdded(pending.Id);
    }
}
