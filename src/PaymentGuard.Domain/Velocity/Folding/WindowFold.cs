using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;

namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>Computes one velocity over one window of a scanned log, and says whether it is exact.</summary>
internal ref struct WindowFold
{
    private readonly LogScan scan;
    private readonly LogSeries series;
    private readonly SeriesPlan plan;
    private readonly QueryPlan query;
    private readonly OwnAttempt own;
    private readonly ReadOnlySpan<VelocityRecord> log;
    private readonly PartnerSet partners;
    private readonly long fromMs, toMs;
    private readonly int first, end;

    public WindowFold(
        LogScan scan, LogSeries series, SeriesPlan plan, QueryPlan query, in OwnAttempt own, ReadOnlySpan<VelocityRecord> log, PartnerSet partners)
    {
        this.scan = scan;
        this.series = series;
        this.plan = plan;
        this.query = query;
        this.own = own;
        this.log = log;
        this.partners = partners;
        (fromMs, toMs) = query.WindowAt(own.TimeMs);
        first = series.CountUntil(fromMs);
        end = Math.Max(first, series.CountUntil(toMs));
    }

    /// <summary>Whether compacted records or amounts past 32 bits went into the value.</summary>
    public bool IsApproximate { get; private set; }

    private readonly bool CountsOwn => query.IncludeCurrent && series.OwnBelongs;

    public void Write(Signals signals)
    {
        switch (query.Aggregate)
        {
            case VelocityAggregate.Count or VelocityAggregate.Declines or VelocityAggregate.Approvals or VelocityAggregate.Chargebacks
                or VelocityAggregate.Frauds or VelocityAggregate.Events or VelocityAggregate.ChallengeFailures:
                signals.SetInt(query.Slot, Count());
                break;
            case VelocityAggregate.Sum or VelocityAggregate.Avg:
                signals.SetMoney(query.Slot, SumOrAverage());
                break;
            case VelocityAggregate.Min or VelocityAggregate.Max or VelocityAggregate.StdDev:
                signals.SetMoney(query.Slot, Spread());
                break;
            case VelocityAggregate.Distinct:
                signals.SetInt(query.Slot, Distinct());
                break;
            case VelocityAggregate.Ratio:
                WriteRatio(signals);
                break;
            case VelocityAggregate.Streak:
                signals.SetInt(query.Slot, Streak());
                break;
            case VelocityAggregate.SinceLast:
                WriteAge(signals, LastMs());
                break;
            case VelocityAggregate.FirstSeen:
                WriteAge(signals, FirstSeenMs());
                break;
            case VelocityAggregate.LastSeen:
                WriteAge(signals, LastSeenMs());
                break;
        }
    }

    private long Count()
    {
        long count = end - first + (CountsOwn ? 1 : 0);
        for (var index = 0; index < scan.Compacted.Count; index++)
            if (Touches(scan.Compacted[index])) count += scan.Compacted[index].Count;
        return count;
    }

    /// <summary>Null when an amount in the window is not known, or when there is nothing to average.</summary>
    private Money? SumOrAverage()
    {
        var sum = series.SumOf(first, end) + (CountsOwn ? own.Amount : 0);
        var flags = (byte)(series.FlagsOf(first, end) | (CountsOwn ? own.Flags : 0));
        for (var index = 0; index < scan.Compacted.Count; index++)
        {
            ref readonly var bucket = ref scan.Compacted[index];
            if (!Touches(bucket)) continue;
            sum += bucket.SumMinor;
            flags |= bucket.Flags;
        }
        if (!AreAmountsKnown(flags)) return null;
        if (query.Aggregate == VelocityAggregate.Sum) return InBase(sum);
        var count = Count();
        return count == 0 ? null : InBase((2 * sum + count) / (2 * count));
    }

    /// <summary>Smallest, largest or standard deviation; null when an amount is not known or there is none.</summary>
    private Money? Spread()
    {
        var moments = Moments.Of(series.Items[first..end], series.SumOf(first, end));
        if (CountsOwn) moments.Add(own.Amount);
        var flags = (byte)(series.FlagsOf(first, end) | (CountsOwn ? own.Flags : 0));
        for (var index = 0; index < scan.Compacted.Count; index++)
        {
            ref readonly var bucket = ref scan.Compacted[index];
            if (!Touches(bucket)) continue;
            moments.Add(bucket);
            flags |= bucket.Flags;
        }
        if (!AreAmountsKnown(flags) || moments.Count == 0) return null;
        return InBase(query.Aggregate switch
        {
            VelocityAggregate.Min => moments.Smallest,
            VelocityAggregate.Max => moments.Largest,
            _ => (long)Math.Round(moments.StandardDeviation, MidpointRounding.AwayFromZero),
        });
    }

    private long Distinct()
    {
        if (!partners.Covers(query.Series, query.Partner, fromMs, toMs)) FillPartners();
        foreach (var (partner, _, lastSeenMs) in scan.Compacted.Partners)
            if (partner == query.Partner && lastSeenMs > fromMs && lastSeenMs <= toMs) IsApproximate = true;
        var ownPartner = own.Partner(query.Partner);
        var ownIsNew = CountsOwn && ownPartner != 0 && !(partners.LastSeenMs(ownPartner) > fromMs);
        return partners.CountAfter(fromMs) + (ownIsNew ? 1 : 0);
    }

    private readonly void FillPartners()
    {
        partners.Start(query.Series, query.Partner, fromMs, toMs);
        for (var index = first; index < end; index++) partners.Add(log[series[index].Record].Partner(query.Partner), series[index].AtMs);
        foreach (var (partner, hash, lastSeenMs) in scan.Compacted.Partners)
            if (partner == query.Partner && lastSeenMs > fromMs && lastSeenMs <= toMs) partners.Add(hash, lastSeenMs);
    }

    private void WriteRatio(Signals signals)
    {
        long wanted = 0, all = Count();
        for (var index = first; index < end; index++)
            if (OutcomeOf(series[index]) == query.Wanted) wanted++;
        for (var index = 0; index < scan.Compacted.Count; index++)
        {
            ref readonly var bucket = ref scan.Compacted[index];
            if (Touches(bucket) && (AttemptOutcome)(bucket.Code & 3) == query.Wanted) wanted += bucket.Count;
        }
        if (all == 0) signals.SetMissing(query.Slot);
        else signals.SetDouble(query.Slot, (double)wanted / all);
    }

    /// <summary>An attempt whose outcome is not known, or another one, ends the row.</summary>
    private long Streak()
    {
        var index = end - 1;
        while (index >= first && OutcomeOf(series[index]) == query.Wanted) index--;
        if (index < first && scan.Compacted.Count > 0) IsApproximate = true;
        return end - 1 - index;
    }

    private readonly AttemptOutcome OutcomeOf(in LogItem attempt) =>
        scan.OutcomeOf(attempt) is var outcome and >= 0 ? scan.Outcome(outcome).Outcome : AttemptOutcome.None;

    private long? LastMs()
    {
        if (CountsOwn) return own.TimeMs;
        if (end > first) return series[end - 1].AtMs;
        long? last = null;
        for (var index = 0; index < scan.Compacted.Count; index++)
            if (Touches(scan.Compacted[index])) last = Math.Max(last ?? 0, scan.Compacted[index].LastMs);
        return last;
    }

    private readonly long? FirstSeenMs()
    {
        long? firstSeen = CountsOwn ? own.TimeMs : null;
        if (series.Count > 0) firstSeen = Earlier(firstSeen, series[0].AtMs);
        if (!plan.IsBase) return firstSeen;
        foreach (ref readonly var activity in scan.Activities.Items) firstSeen = Earlier(firstSeen, activity.AtMs);
        return scan.Compacted.FirstSeenMs is { } compacted ? Earlier(firstSeen, compacted) : firstSeen;
    }

    private long? LastSeenMs()
    {
        var last = LastMs();
        if (!plan.IsBase) return last;
        foreach (ref readonly var activity in scan.Activities.Items) last = Math.Max(last ?? 0, activity.AtMs);
        return last;
    }

    /// <summary>Whether a bucket counts. One that lies across the window's edge counts whole: nothing is missed, and at most 1/12 of the age is too much.</summary>
    private bool Touches(in Bucket bucket)
    {
        if (bucket.LastMs <= fromMs || bucket.FirstMs > toMs || !plan.Counts(bucket)) return false;
        IsApproximate = true;
        return true;
    }

    private bool AreAmountsKnown(byte flags)
    {
        if ((flags & RecordFlags.Saturated) != 0) IsApproximate = true;
        return (flags & RecordFlags.NoRate) == 0;
    }

    private readonly void WriteAge(Signals signals, long? atMs)
    {
        // What is a little later than the payment is of the same moment.
        if (atMs is { } known) signals.SetDurationMs(query.Slot, Math.Max(0, own.TimeMs - known));
        else signals.SetMissing(query.Slot);
    }

    private static long Earlier(long? known, long other) => known is { } value ? Math.Min(value, other) : other;

    private static Money InBase(long minor) => new(minor, Currencies.Base);
}
