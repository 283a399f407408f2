using System.Collections.Immutable;

namespace PaymentGuard.Domain.Sca;

/// <summary>What speaks against a low risk, each alone (RTS 2018/389 art. 18(2)(c)).</summary>
public enum RiskFinding
{
    AbnormalSpendingOrBehaviour = 1,
    UnusualDeviceOrSoftware = 2,
    MalwareInSession = 3,
    KnownFraudScenario = 4,
    AbnormalPayerLocation = 5,
    HighRiskPayeeLocation = 6,
}

/// <summary>Whether transaction risk analysis exempts a payment, and if not, what stood against it first.</summary>
public enum TraOutcome
{
    Undecided = 0,
    Exempt = 1,
    NoFraudRate = 2,
    FraudRateAboveAllBands = 3,
    AmountAboveThreshold = 4,
    RiskFound = 5,
}

/// <summary>Amounts up to the threshold are open to a provider whose fraud rate is at most the reference rate.</summary>
/// <param name="ThresholdMinor">Largest amount, minor units.</param>
public readonly record struct TraBand(long ThresholdMinor, ReferenceRate Reference);

/// <summary>The exemption for a low risk, of one instrument in one currency (RTS 2018/389 art. 18 and annex).</summary>
/// <param name="Bands">From the smallest threshold to the largest.</param>
public sealed record TraBands(PaymentInstrument Instrument, string Currency, ImmutableArray<TraBand> Bands)
{
    /// <summary>The largest threshold that the rate opens, minor units; 0 when it opens none.</summary>
    public long HighestThresholdMinor(FraudRate rate)
    {
        long highest = 0;
        foreach (var band in Bands)
            if (rate.IsAtMost(band.Reference)) highest = Math.Max(highest, band.ThresholdMinor);
        return highest;
    }

    /// <summary>The conditions in the law's order, art. 18(2): (a) the rate, (b) the amount, (c) the findings. The first that fails is the answer.</summary>
    /// <param name="rate">Of the quarter in force.</param>
    public TraOutcome Judge(long amountMinor, FraudRate rate, IReadOnlyCollection<RiskFinding> findings)
    {
        if (!rate.IsKnown) return TraOutcome.NoFraudRate;
        return Judge(amountMinor, HighestThresholdMinor(rate), findings);
    }

    /// <summary>As the other one, over the quarters: a band that was opened stays in use until two bad quarters running (art. 20(2)).</summary>
    /// <param name="quarters">Those that are over.</param>
    /// <param name="last">The last of them: without a rate of its own nothing is exempt.</param>
    public TraOutcome Judge(long amountMinor, IReadOnlyCollection<QuarterRate> quarters, Quarter last, IReadOnlyCollection<RiskFinding> findings)
    {
        if (!quarters.Any(one => one.Quarter == last && one.Rate.IsKnown)) return TraOutcome.NoFraudRate;
        var inUse = Bands.Where(band => TraHistory.UseAfter(quarters, band.Reference) == TraUse.InUse);
        return Judge(amountMinor, inUse.Select(band => band.ThresholdMinor).DefaultIfEmpty(0).Max(), findings);
    }

    private static TraOutcome Judge(long amountMinor, long thresholdMinor, IReadOnlyCollection<RiskFinding> findings)
    {
        if (thresholdMinor == 0) return TraOutcome.FraudRateAboveAllBands;
        if (amountMinor > thresholdMinor) return TraOutcome.AmountAboveThreshold;
        return findings.Count > 0 ? TraOutcome.RiskFound : TraOutcome.Exempt;
    }
}
