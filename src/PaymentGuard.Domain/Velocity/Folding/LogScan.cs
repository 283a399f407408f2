namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>
/// One pass over a log: each attempt and account event once, outcomes joined to their payments, compacted records apart. The pass over a log
/// in memory is kept and continued with what is appended: whatever came, it then tells the same as a new pass.
/// </summary>
internal sealed class LogScan
{
    private readonly EventIndex events = new();
    private OutcomeState[] outcomes = [];
    private readonly Predicate<LogItem> isVoid;
    private bool anyVoid;
    private long limitMs;

    /// <summary>How many records of the log were read, and the latest of their times.</summary>
    private int recordCount;
    private long newestMs;

    public LogScan() => isVoid = item => events[item.Event].IsVoid;

    /// <summary>Attempts, oldest first.</summary>
    public LogSeries Attempts { get; } = new();

    /// <summary>Account events, in no order.</summary>
    public LogSeries Activities { get; } = new();

    /// <summary>What compaction made of older records.</summary>
    public CompactedLog Compacted { get; } = new();

    public int OutcomeCount { get; private set; }

    /// <summary>Reads up to the first attempt with this hash.</summary>
    /// <param name="ownHash">The payment being assessed; null reads all.</param>
    /// <param name="latestMs">Records of a later time are not seen.</param>
    /// <returns>Where the attempt with this hash stands; −1 when it is not in the log, and all of the log was read.</returns>
    public int Run(ReadOnlySpan<VelocityRecord> log, ulong? ownHash, long latestMs)
    {
        Start(log.Length, latestMs);
        Read(log, ownHash);
        return recordCount < log.Length ? recordCount : -1;
    }

    /// <summary>Forgets the log: the next <see cref="Continue"/> reads it anew.</summary>
    public void Forget() => Start(expected: 0, latestMs: long.MaxValue);

    /// <summary>Reads what the log has more than when it was read last.</summary>
    /// <param name="log">Begins as it did then; where it does not, <see cref="Forget"/> comes first.</param>
    public void Continue(ReadOnlySpan<VelocityRecord> log)
    {
        limitMs = long.MaxValue;
        Read(log, ownHash: null);
    }

    /// <summary>
    /// Whether this pass, which stops nowhere, tells the same as one that stops at the attempt with this hash and sees nothing later than this time.
    /// </summary>
    public bool IsAsOf(ulong ownHash, long latestMs) => newestMs <= latestMs && !events.HasAttempt(ownHash);

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

    private void Start(int expected, long latestMs)
    {
        events.Start(expected);
        Attempts.Clear();
        Activities.Clear();
        Compacted.Clear();
        Attempts.EnsureCapacity(expected);
        OutcomeCount = recordCount = 0;
        newestMs = 0;
        anyVoid = false;
        limitMs = latestMs;
    }

    private void Read(ReadOnlySpan<VelocityRecord> log, ulong? ownHash)
    {
        var stopsAtOwn = ownHash.HasValue;
        var own = ownHash.GetValueOrDefault();
        var index = recordCount;
        for (; index < log.Length; index++)
        {
            ref readonly var record = ref log[index];
            if (record.Kind == RecordKind.Attempt)
            {
                if (record.EventHash == own && stopsAtOwn) break;
                AddAttempt(record, index);
            }
            else AddOther(record, index);
            newestMs = Math.Max(newestMs, record.TimeMs);
        }
        recordCount = index;
        if (anyVoid) Attempts.RemoveWhere(isVoid);
        anyVoid = false;
        Attempts.Sort();
    }

    private void AddAttempt(in VelocityRecord record, int index)
    {
        var number = events.FindOrAdd(record.EventHash);
        ref var entry = ref events[number];
        if (entry.Attempt >= 0) return;
        entry.Attempt = index;
        anyVoid |= entry.IsVoid;
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
            if (OutcomeCount == outcomes.Length) Array.Resize(ref outcomes, Math.Max(4, 2 * OutcomeCount));
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
