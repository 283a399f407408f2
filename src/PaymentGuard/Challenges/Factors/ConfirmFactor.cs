using System.Security.Cryptography;
using PaymentGuard.Domain.Challenges;
using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges.Factors;

/// <summary>
/// Has an authenticator app or an address count, once a code shows that the buyer has it. Codes are guessed here as well as at challenges, so they count and
/// lock alike; the answer to whatever is not right is the same.
/// </summary>
internal sealed class ConfirmFactor(DataKeys keys, CodeHashes hashes)
{
    /// <param name="factorId">Null: what was sent is no id.</param>
    /// <param name="code">As it came, however malformed.</param>
    public async Task<FactorOutcome> Handle(FactorChange change, Guid? factorId, string code)
    {
        if (change.Account.Lock.IsClosedAt(change.Now)) return change.Refuse("locked", factorId: factorId);
        var pending = factorId is { } id ? await FactorTable.FindPending(change.Connection, change.Account.Id, id, change.Ct) : null;
        var isOpen = pending is not null && change.MayBeConfirmed(pending);
        if (!isOpen || Compare(pending!, code, change.Now) is not { } confirmation)
        {
            await change.CountFailure();
            return change.Refuse(isOpen ? "wrong" : "closed", factorId: factorId);
        }
        await FactorTable.Confirm(change.Connection, change.Account.Id, pending!.Id, confirmation, change.Now, change.Ct);
        await change.Tell(NotificationKinds.FactorAdded, pending.Kind);
        change.Audit("factor.confirmed", pending.Id, pending.Kind);
        return new FactorOutcome.Confirmed(pending.Id);
    }

    private Confirmation? Compare(PendingFactor pending, string code, DateTimeOffset now) => pending.Kind switch
    {
        Methods.Totp => CompareTotp(pending, code, now),
        Methods.Email or Methods.Sms => CryptographicOperations.FixedTimeEquals(pending.CodeHash, hashes.OfSentCode(pending.Id, code)) ? new Confirmation() : null,
        _ => null,      // passkeys are made, not confirmed
    };

    private Confirmation? CompareTotp(PendingFactor pending, string code, DateTimeOffset now)
    {
        var codes = new OneTimeCode(keys.Decrypt(pending.Secret, Factor.SecretPlace(pending.Id)), pending.Algorithm!.Value, pending.Digits!.Value);
        return codes.Match(code, now, lastStep: null) is { } step ? new Confirmation(step, default(ClockDrift).After((int)(step - codes.StepAt(now)))) : null;
    }
}
