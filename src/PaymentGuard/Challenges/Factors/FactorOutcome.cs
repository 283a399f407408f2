using PaymentGuard.Platform;

namespace PaymentGuard.Challenges.Factors;

/// <summary>What came of a change of an account's factors.</summary>
internal abstract record FactorOutcome
{
    private FactorOutcome() { }

    /// <summary>A secret for an authenticator app. It is told this once, and counts for nothing before a code of it has come.</summary>
    internal sealed record TotpBegun(Guid Id, TotpSecret Secret) : FactorOutcome;

    /// <summary>A code was sent to an address, which counts for nothing before the code has come.</summary>
    internal sealed record ContactBegun(Guid Id, DateTimeOffset ExpiresAt) : FactorOutcome;

    /// <param name="OptionsJson">What the browser makes a passkey with.</param>
    internal sealed record PasskeyBegun(string OptionsJson) : FactorOutcome;

    internal sealed record PasskeyAdded(Guid Id) : FactorOutcome;

    internal sealed record Confirmed(Guid Id) : FactorOutcome;

    internal sealed record Removed : FactorOutcome;

    /// <param name="Codes">Told this once.</param>
    internal sealed record RecoveryCodesMade(IReadOnlyList<string> Codes) : FactorOutcome;

    /// <summary>Nothing was changed, but that a wrong code counts and that a proof of another act has killed its challenge.</summary>
    internal sealed record Refused(ProblemKind Problem) : FactorOutcome;
}
