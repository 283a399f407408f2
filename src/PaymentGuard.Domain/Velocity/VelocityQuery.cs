namespace PaymentGuard.Domain.Velocity;

/// <summary>What is computed over the records of one entity.</summary>
public enum VelocityAggregate : byte
{
    /// <summary>Attempts, whatever became of them, by the attempt's time.</summary>
    Count,
    Sum,
    Avg,
    Min,
    Max,
    /// <summary>Population standard deviation of the amount.</summary>
    StdDev,
    /// <summary>Different partners (<see cref="VelocityQuery.Field"/>) among the attempts.</summary>
    Distinct,
    /// <summary>Refusals by the issuer, by the outcome's time.</summary>
    Declines,
    /// <summary>Authorisations by the issuer, by the outcome's time.</summary>
    Approvals,
    Chargebacks,
    /// <summary>Payments reported as fraud and not cleared, by the report's time.</summary>
    Frauds,
    /// <summary>How long ago the entity was first seen; missing when it never was.</summary>
    FirstSeen,
    /// <summary>How long ago the entity was last seen, in an attempt or an account event; missing when it never was.</summary>
    LastSeen,
    /// <summary>How long ago the last attempt was; missing when there was none.</summary>
    SinceLast,
    /// <summary>How many of the latest attempts in a row had the outcome <see cref="VelocityQuery.Field"/>.</summary>
    Streak,
    /// <summary>The share of attempts that had the outcome <see cref="VelocityQuery.Field"/>; missing when there were none.</summary>
    Ratio,
    /// <summary>Account events of the kind <see cref="VelocityQuery.Field"/>.</summary>
    Events,
    /// <summary>Challenges that were answered wrongly, once for each answer, or not at all.</summary>
    ChallengeFailures,
}

/// <summary>One velocity that rules ask for: an aggregate over one entity's window (t − offset − window, t − offset].</summary>
/// <param name="Entity">Name of the entity, such as <c>card</c>.</param>
/// <param name="Field">The partner of a distinct count, the outcome of a streak or ratio, the type of an account event; null for the others.</param>
/// <param name="WindowMs">Length in milliseconds; 0 where the aggregate takes none.</param>
/// <param name="OffsetMs">How far back the window ends; 0 is now.</param>
/// <param name="IncludeCurrent">Whether the payment being assessed counts itself.</param>
/// <param name="Where">Condition on the attempts that count; null counts all.</param>
/// <param name="Text">The call as rules write it, in one spelling: the velocity's name in answers, tests and explanations.</param>
public sealed record VelocityQuery(
    string Entity,
    VelocityAggregate Aggregate,
    string? Field,
    long WindowMs,
    long OffsetMs,
    bool IncludeCurrent,
    IAttemptCondition? Where,
    string Text)
{
    /// <summary>Two calls that are spelled the same are the same velocity.</summary>
    public bool Equals(VelocityQuery? other) => other is not null && Text == other.Text;

    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
}

/// <summary>A compiled <c>where:</c>, asked for each attempt in a window.</summary>
public interface IAttemptCondition
{
    /// <summary>Whether the condition is true of this attempt; false as well when it is missing.</summary>
    bool Matches(in AttemptFields attempt);
}

/// <summary>What a <c>where:</c> may ask of a logged attempt or account event.</summary>
/// <param name="Outcome">The issuer's last word on it.</param>
/// <param name="Fraud">Whether it was reported as fraud and not cleared since.</param>
/// <param name="AmountMinor">In the base currency's minor unit; −1 when no rate was known.</param>
/// <param name="SamePartners">Bit n: the entity's nth partner is the one of the payment being assessed.</param>
/// <param name="ToldPartners">Of account events, bit n: both the event and the payment tell the entity's nth partner.</param>
public readonly record struct AttemptFields(AttemptOutcome Outcome, bool Fraud, long AmountMinor, byte SamePartners, byte ToldPartners = 0);

/// <summary>What the issuer said of an attempt.</summary>
public enum AttemptOutcome : byte
{
    None = 0,
    Authorized = 1,
    Declined = 2,
}
