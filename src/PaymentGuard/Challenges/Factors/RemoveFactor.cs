using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges.Factors;

/// <summary>Removes a factor, for which a proof of any of the account's factors will do, also of the one that goes.</summary>
internal static class RemoveFactor
{
    public static async Task<FactorOutcome> Handle(FactorChange change, Guid? factorId, string? proof)
    {
        var factors = await FactorTable.All(change.Connection, change.Account.Id, change.Now, change.Ct);
        if (factors.Find(factor => factor.Id == factorId) is not { } factor) return change.Refuse("unknown", Problems.NotFound, factorId);
        var act = new Act.OfAccount(AccountActions.RemoveFactor, new Dictionary<string, string> { ["factorId"] = FactorJson.PublicId(factor.Id) });
        if (await change.Prove(proof, act) is { } refused) return refused;
        // Told before it goes, so that an address is told of its own removal.
        await change.Tell(NotificationKinds.FactorRemoved, factor.Kind);
        await FactorTable.Remove(change.Connection, factor.Id, change.Ct);
        change.Audit("factor.removed", factor.Id, factor.Kind);
        return new FactorOutcome.Removed();
    }
}
