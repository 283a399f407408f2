namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>What a velocity counts: attempts, by their time, or what became of them, by its own time.</summary>
internal enum SeriesKind
{
    Attempts,
    Approvals,
    Declines,
    Chargebacks,
    Frauds,
    Activities,
}

/// <summary>What is counted; queries that say the same share the series.</summary>
/// <param name="Codes">Bit n: what has code n counts; none for attempts.</param>
internal readonly record struct SeriesKey(SeriesKind Kind, ushort Codes, IAttemptCondition? Where)
{
    /// <summary>Whether what has this code counts. Code 0 is nothing that happened.</summary>
    public bool Has(byte code) => code is > 0 and < 16 && (Codes >> code & 1) != 0;

    public static SeriesKey Of(VelocityQuery query) => query.Aggregate switch
    {
        VelocityAggregate.Approvals => new(SeriesKind.Approvals, Bits(VelocityEventType.Authorized), query.Where),
        VelocityAggregate.Declines => new(SeriesKind.Declines, Bits(VelocityEventType.Declined), query.Where),
        VelocityAggregate.Chargebacks => new(SeriesKind.Chargebacks, Bits(VelocityEventType.ChargedBack), query.Where),
        VelocityAggregate.Frauds => new(SeriesKind.Frauds, Bits(VelocityEventType.FraudReported), query.Where),
        VelocityAggregate.Events => new(SeriesKind.Activities, VelocityEventTypes.OfRule(query.Field ?? "") is { } type ? Bits(type) : (ushort)0, query.Where),
        VelocityAggregate.ChallengeFailures =>
            new(SeriesKind.Activities, Bits(VelocityEventType.ChallengeFailed, VelocityEventType.ChallengeAbandoned), query.Where),
        VelocityAggregate.Count or VelocityAggregate.Sum or VelocityAggregate.Avg or VelocityAggregate.Min or VelocityAggregate.Max
            or VelocityAggregate.StdDev or VelocityAggregate.Distinct or VelocityAggregate.FirstSeen or VelocityAggregate.LastSeen
            or VelocityAggregate.SinceLast or VelocityAggregate.Streak or VelocityAggregate.Ratio => new(SeriesKind.Attempts, 0, query.Where),
    };

    private static ushort Bits(params ReadOnlySpan<VelocityEventType> types)
    {
        var bits = 0;
        foreach (var type in types) bits |= 1 << type.Code();
        return (ushort)bits;
    }
}

/// <summary>One series that queries share.</summary>
/// <param name="reachMs">How far back from the payment the longest window begins, in milliseconds.</param>
internal sealed class SeriesPlan(SeriesKey key, long reachMs)
{
    private SeriesKind Kind => key.Kind;

    private IAttemptCondition? Where => key.Where;

    private long ReachMs => reachMs;

    /// <summary>Whether it is the attempts as they are scanned.</summary>
    public bool IsBase => Kind == SeriesKind.Attempts && Where is null;

    /// <summary>Fills the series from a scanned log.</summary>
    public void Build(LogSeries series, LogScan scan, ReadOnlySpan<VelocityRecord> log, in OwnAttempt own)
    {
        series.Clear();
        series.OwnBelongs = Kind == SeriesKind.Attempts && (Where is null || Where.Matches(own.Fields));
        if (Kind == SeriesKind.Attempts) BuildAttempts(series, scan, log, own);
        else if (Kind == SeriesKind.Activities) BuildActivities(series, scan, log, own);
        else BuildOutcomes(series, scan, log, own);
        series.Sort();
    }

    /// <summary>Whether the bucket counts what this series counts.</summary>
    public bool Counts(in Bucket bucket)
    {
        var counted = Kind switch
        {
            SeriesKind.Attempts => RecordKind.Attempt,
            SeriesKind.Approvals or SeriesKind.Declines => RecordKind.Outcome,
            SeriesKind.Chargebacks or SeriesKind.Frauds => RecordKind.Label,
            SeriesKind.Activities => RecordKind.Activity,
        };
        return bucket.Counted == counted && (Kind == SeriesKind.Attempts || key.Has(bucket.Code)) && (Where is null || Where.Matches(FieldsOf(bucket)));
    }

    /// <summary>The attempt's outcome as far as the log knows it; its partners are compared with those of the payment being assessed.</summary>
    private static AttemptFields FieldsOf(in LogItem item, int outcome, LogScan scan, ReadOnlySpan<VelocityRecord> log, in OwnAttempt own)
    {
        var amount = (item.Flags & RecordFlags.NoRate) != 0 ? -1 : (long)item.Amount;
        var same = item.Record < 0 ? (byte)0 : own.SamePartners(log[item.Record]);
        if (outcome < 0) return new AttemptFields(AttemptOutcome.None, false, amount, same);
        ref var state = ref scan.Outcome(outcome);
        return new AttemptFields(state.Outcome, state.IsFraud, amount, same);
    }

    /// <summary>A bucket as if it were one attempt of its average amount: its partners are not known any more.</summary>
    private AttemptFields FieldsOf(in Bucket bucket)
    {
        var amount = (bucket.Flags & RecordFlags.NoRate) != 0 ? -1 : bucket.SumMinor / Math.Max(1, bucket.Count);
        return Kind switch
        {
            SeriesKind.Attempts => new AttemptFields((AttemptOutcome)(bucket.Code & 3), (bucket.Code & CompactedRecords.FraudCode) != 0, amount, 0),
            SeriesKind.Approvals or SeriesKind.Declines => new AttemptFields((AttemptOutcome)bucket.Code, false, amount, 0),
            SeriesKind.Chargebacks or SeriesKind.Frauds or SeriesKind.Activities =>
                new AttemptFields(AttemptOutcome.None, Kind == SeriesKind.Frauds, amount, 0),
        };
    }

    private void BuildAttempts(LogSeries series, LogScan scan, ReadOnlySpan<VelocityRecord> log, in OwnAttempt own)
    {
        var attempts = scan.Attempts;
        for (var index = attempts.CountUntil(own.TimeMs - ReachMs); index < attempts.Count; index++)
        {
            ref readonly var item = ref attempts[index];
            if (Where!.Matches(FieldsOf(item, scan.OutcomeOf(item), scan, log, own))) series.Add(item);
        }
    }

    private void BuildActivities(LogSeries series, LogScan scan, ReadOnlySpan<VelocityRecord> log, in OwnAttempt own)
    {
        foreach (ref readonly var item in scan.Activities.Items)
            if (key.Has(item.Code) && (Where is null || Where.Matches(FieldsOf(log[item.Record], own)))) series.Add(item);
    }

    private static AttemptFields FieldsOf(in VelocityRecord activity, in OwnAttempt own) =>
        new(AttemptOutcome.None, false, -1, own.SamePartners(activity), own.ToldPartners(activity));

    private void BuildOutcomes(LogSeries series, LogScan scan, ReadOnlySpan<VelocityRecord> log, in OwnAttempt own)
    {
        for (var number = 0; number < scan.OutcomeCount; number++)
        {
            ref var state = ref scan.Outcome(number);
            ref var word = ref WordOf(ref state);
            if (!key.Has(word.Code) || word.AtMs <= own.TimeMs - ReachMs) continue;
            var item = new LogItem { AtMs = word.AtMs, Amount = state.Amount, Flags = state.Flags, Record = scan.AttemptOf(state), Event = state.Event };
            if (Where is null || Where.Matches(FieldsOf(item, number, scan, log, own))) series.Add(item);
        }
    }

    private ref OutcomeState.Word WordOf(ref OutcomeState state)
    {
        if (Kind == SeriesKind.Frauds) return ref state.Fraud;
        if (Kind == SeriesKind.Chargebacks) return ref state.Chargeback;
        return ref state.Issuer;
    }
}

/// <summary>The payment being assessed, for one entity.</summary>
internal readonly struct OwnAttempt
{
    private readonly uint partner0, partner1, partner2;

    public OwnAttempt(VelocityAttempt attempt, int entity)
    {
        TimeMs = attempt.TimeMs;
        (partner0, partner1, partner2) = (attempt.PartnerOf(entity, 0), attempt.PartnerOf(entity, 1), attempt.PartnerOf(entity, 2));
        Amount = attempt.Amount;
        Flags = attempt.Flags;
    }

    public long TimeMs { get; }

    public uint Amount { get; }

    public byte Flags { get; }

    public uint Partner(int index) => index switch { 0 => partner0, 1 => partner1, _ => partner2 };

    /// <summary>What a <c>where:</c> sees of it: no outcome yet, and it is what it is compared with.</summary>
    public AttemptFields Fields => new(
        AttemptOutcome.None, false, (Flags & RecordFlags.NoRate) != 0 ? -1 : Amount,
        (byte)((partner0 != 0 ? 1 : 0) | (partner1 != 0 ? 2 : 0) | (partner2 != 0 ? 4 : 0)));

    /// <summary>Bit n: the record and we have an nth partner each.</summary>
    public byte ToldPartners(in VelocityRecord record) => (byte)(
        (partner0 != 0 && record.Partner0 != 0 ? 1 : 0)
        | (partner1 != 0 && record.Partner1 != 0 ? 2 : 0)
        | (partner2 != 0 && record.Partner2 != 0 ? 4 : 0));

    /// <summary>Bit n: the record has our nth partner; a partner that we do not have is never the same.</summary>
    public byte SamePartners(in VelocityRecord record) => (byte)(
        (partner0 != 0 && record.Partner0 == partner0 ? 1 : 0)
        | (partner1 != 0 && record.Partner1 == partner1 ? 2 : 0)
        | (partner2 != 0 && record.Partner2 == partner2 ? 4 : 0));
}
