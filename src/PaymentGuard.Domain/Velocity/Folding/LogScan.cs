namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>
/// One pass over a log: each attempt and account event once, outcomes joined to their payments, compacted records apart. Kept per thread,
/// so that folding allocates nothing once the buffers have grown.
/// </summary>
internal sealed class LogScan
{
    [ThreadStatic]
    private static LogScan? ofThread;

    private readonly EventIndex events = new();
    private OutcomeState[] outcomes = new OutcomeState[64];
    private readonly Predicate<LogItem> isVoid;
    private bool anyVoid;
    private long limitMs;

    private LogScan() => isVoid = item => events[item.Event].IsVoid;

    public static LogScan OfThread => ofThread ??= new LogScan();

    /// <summary>Attempts, oldest first.</summary>
    public LogSeries Attempts { get; } = new();

    /// <summary>Account events, in no order.</summary>
    public LogSeries Activities { get; } = new();

    /// <summary>What compaction made of older records.</summary>
    public CompactedLog Compacted { get; } = new();

    public int OutcomeCount { get; private set; }

    /// <summary>For series that the plan builds of this log.</summary>
    public List<LogSeries> Derived { get; } = [];

    public PartnerSet Partners { get; } = new();

    /// <summary>Reads up to the first attempt with this hash.</summary>
    /// <param name="ownHash">The payment being assessed; null reads all.</param>
    /// <param name="latestMs">Records of a later time are not seen.</param>
    /// <returns>Where the attempt with this hash stands; −1 when it is not in the log, and all of the log was read.</returns>
    public int Run(ReadOnlySpan<VelocityRecord> log, ulong? ownHash, long latestMs)
    {
        Start(log.Length, latestMs);
        var stopsAtOwn = ownHash.HasValue;
        var own = ownHash.GetValueOrDefault();
        var index = 0;
        for (; index < log.Length; index++)
        {
            ref readonly var record = ref log[index];
            if (record.Kind == RecordKind.Attempt)
            {
                if (record.EventHash == own && stopsAtOwn) break;
                AddAttempt(record, index);
            }
            else AddOther(record, index);
        }
        if (anyVoid) Attempts.RemoveWhere(isVoid);
        Attempts.Sort();
        return index < log.Length ? index : -1;
    }

    public ref OutcomeState Outcome(int number) => ref outcomes[number];

    /// <summary>The number of what became of the payment; −1 for nothing yet.</summary>
    public int OutcomeOf(in LogItem attempt) => events[attempt.Event].Outcome;

    /// <summary>The record of the payment's attempt; −1 when it is not in the log.</summary>
    public int AttemptOf(in OutcomeState outcome) => events[outcome.Event].Attempt;

    /// <summary>Whether the attempt or account event at this place is one that stands earlier already, or was made void.</summary>
    public bool IsRepeated(in VelocityRecord record, int index)
    {
        ref var entry = ref events[events.FindOrAdd(record.EventHash)];
        return entry.IsVoid || entry.Attempt != index;
    }

    private void Start(int recordCount, long latestMs)
    {
        events.Start(recordCount);
        Attempts.Clear();
        Activities.Clear();
        Compacted.Clear();
        Partners.Clear();
        Attempts.EnsureCapacity(recordCount);
        OutcomeCount = 0;
        anyVoid = false;
        limitMs = latestMs;
    }

    private void AddAttempt(in VelocityRecord record, int index)
    {
        var number = events.FindOrAdd(record.EventHash);
        ref var entry = ref events[number];
        if (entry.Attempt >= 0) return;
        entry.Attempt = index;
        if (record.TimeMs <= limitMs) Attempts.Add(Item(record, index, number));
    }

    private void AddOther(in VelocityRecord record, int index)
    {
        switch (record.Kind)
        {
            case RecordKind.Outcome or RecordKind.Label:
                if (record.TimeMs <= limitMs) AddOutcome(record, index);
                break;
            case RecordKind.Activity:
                AddActivity(record, index);
                break;
            case RecordKind.Void:
                events[events.FindOrAdd(record.EventHash)].IsVoid = true;
                anyVoid = true;
                break;
            case RecordKind.Header or RecordKind.Bucket or RecordKind.Moments or RecordKind.Partners:
                Compacted.Add(record);
                break;
        }
    }

    private void AddOutcome(in VelocityRecord record, int index)
    {
        var number = events.FindOrAdd(record.EventHash);
        ref var entry = ref events[number];
        if (entry.Outcome < 0)
        {
            if (OutcomeCount == outcomes.Length) Array.Resize(ref outcomes, 2 * OutcomeCount);
            entry.Outcome = OutcomeCount;
            outcomes[OutcomeCount++] = new OutcomeState { Event = number, Amount = record.Amount, Flags = record.Flags };
        }
        outcomes[entry.Outcome].Hear(record, index);
    }

    private void AddActivity(in VelocityRecord record, int index)
    {
        var number = events.FindOrAdd(record.EventHash);
        ref var entry = ref events[number];
        if (entry.Attempt >= 0) return;
        entry.Attempt = index;
        if (record.TimeMs <= limitMs) Activities.Add(Item(record, index, number));
    }

    private static LogItem Item(in VelocityRecord record, int index, int number) => new()
    {
        AtMs = record.TimeMs,
        EventHash = record.EventHash,
        Amount = record.Amount,
        Flags = record.Flags,
        Code = record.Code,
        Record = index,
        Event = number,
    };
}
