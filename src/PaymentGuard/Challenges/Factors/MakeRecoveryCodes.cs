using PaymentGuard.Domain.Challenges;
using PaymentGuard.Notifications;

namespace PaymentGuard.Challenges.Factors;

/// <summary>Makes a set of recovery codes; the one before is dead with it.</summary>
internal sealed class MakeRecoveryCodes(CodeHashes hashes)
{
    private static readonly Act.OfAccount NewCodes = new(AccountActions.NewRecoveryCodes, new Dictionary<string, string>());

    public async Task<FactorOutcome> Handle(FactorChange change, string? proof)
    {
        if (await change.Prove(proof, NewCodes) is { } refused) return refused;
        var codes = Enumerable.Range(0, RecoveryCodes.SetSize).Select(_ => RecoveryCodes.Make()).ToList();
        await FactorTable.ReplaceRecoveryCodes(change.Connection, change.Account.Id, [.. codes.Select(Hash)], change.Now, change.Ct);
        await change.Tell(NotificationKinds.RecoveryCodesMade, Methods.RecoveryCode);
        change.AuditRecoveryCodes();
        return new FactorOutcome.RecoveryCodesMade(codes);
    }

    private byte[] Hash(string shown) =>
        RecoveryCodes.TryRead(shown, out var code) ? hashes.OfRecoveryCode(code) : throw new InvalidOperationException("A recovery code cannot be read back.");
}
