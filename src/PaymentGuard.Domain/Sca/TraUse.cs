namespace PaymentGuard.Domain.Sca;

/// <summary>Whether a provider may use one band of transaction risk analysis (RTS 2018/389 art. 20).</summary>
public enum TraUse
{
    Undecided = 0,

    /// <summary>No quarter yet had a rate good enough.</summary>
    NotStarted = 1,

    InUse = 2,

    /// <summary>Stopped after two bad quarters running, until a good one.</summary>
    Ceased = 3,
}

/// <summary>The fraud rate of one quarter.</summary>
public readonly record struct QuarterRate(Quarter Quarter, FraudRate Rate);

/// <summary>What became of a band over the quarters.</summary>
public static class TraHistory
{
    /// <summary>
    /// A good quarter, at or below the reference rate, begins or resumes the use; two bad ones running end it (art. 20(2) and (3)). A quarter
    /// without a rate, or one that is not told, is neither: it opens nothing, and the bad quarters before and after it are not consecutive.
    /// </summary>
    /// <param name="quarters">In any order, each once.</param>
    public static TraUse UseAfter(IEnumerable<QuarterRate> quarters, ReferenceRate reference)
    {
        var use = TraUse.NotStarted;
        Quarter? lastBad = null;
        foreach (var (quarter, rate) in quarters.OrderBy(one => one.Quarter))
        {
            if (rate.IsAtMost(reference)) use = TraUse.InUse;
            if (!rate.IsAbove(reference)) continue;
            if (use == TraUse.InUse && lastBad is { } earlier && quarter.Follows(earlier)) use = TraUse.Ceased;
            lastBad = quarter;
        }
        return use;
    }
}
