namespace PaymentGuard.Domain.Sca;

/// <summary>What a code turned out to be when it was compared.</summary>
public enum AttemptedCode
{
    Right = 1,
    Wrong = 2,

    /// <summary>Right once, and accepted before: it counts as wrong (RFC 6238, 5.2).</summary>
    Replayed = 3,
}

public enum AttemptResult
{
    Undecided = 0,

    /// <summary>The payment is completed, and the count begins anew.</summary>
    Accepted = 1,

    /// <summary>Evaluated and counted.</summary>
    Refused = 2,

    /// <summary>Not evaluated, so that a right code is not found by guessing on.</summary>
    Locked = 3,
}

/// <summary>
/// A payer's failures in a row, across all factors and challenges (RTS 2018/389 art. 4(3)(b)): a new challenge or another factor sets nothing back.
/// </summary>
/// <param name="FailuresMax">The failure that locks, 1 or more; the law allows no more than 5.</param>
/// <param name="Failures">0 to <paramref name="FailuresMax"/>.</param>
public readonly record struct AttemptLockout(int FailuresMax, int Failures = 0)
{
    public bool IsLocked => Failures >= FailuresMax;

    public (AttemptResult Result, AttemptLockout After) Judge(AttemptedCode code)
    {
        if (IsLocked) return (AttemptResult.Locked, this);
        return code == AttemptedCode.Right
            ? (AttemptResult.Accepted, this with { Failures = 0 })
            : (AttemptResult.Refused, this with { Failures = Failures + 1 });
    }
}
