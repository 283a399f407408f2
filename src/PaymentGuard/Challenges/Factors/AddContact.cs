using System.Text;
using PaymentGuard.Accounts;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges.Factors;

/// <summary>Begins an address that codes are sent to: it counts once the code has come that this sends to it.</summary>
internal sealed class AddContact(DataKeys keys, CodeHashes hashes)
{
    public async Task<FactorOutcome> Handle(FactorChange change, Contact contact, string? proof)
    {
        if (CodeLimits.IsReached(change.Account.CodesSentAt, change.Now)) return change.Refuse("too_many_codes", Problems.TooManyCodes);
        if (await change.ProveAddition(proof) is { } refused) return refused;
        var (id, code, expiresAt) = (Guid.CreateVersion7(change.Now), SendCode.NewCode(), change.Now + SendCode.Life);
        var address = keys.Encrypt(Encoding.UTF8.GetBytes(contact.Address), Factor.SecretPlace(id));
        await FactorTable.Begin(
            change.Connection, change.Account.Id, new PendingFactor(id, contact.Channel, change.Now, expiresAt, address, CodeHash: hashes.OfSentCode(id, code)), change.Ct);
        await AccountTable.StoreCodesSent(change.Connection, change.Account.Id, CodeLimits.With(change.Account.CodesSentAt, change.Now), change.Ct);
        await change.SendConfirmation(contact, code, expiresAt);
        change.Audit("factor.added", id, contact.Channel);
        return new FactorOutcome.ContactBegun(id, expiresAt);
    }
}
