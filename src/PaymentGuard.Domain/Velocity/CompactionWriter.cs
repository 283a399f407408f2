using System.Runtime.InteropServices;
using PaymentGuard.Domain.Velocity.Folding;

namespace PaymentGuard.Domain.Velocity;

/// <summary>Writes one log anew: header, buckets, partners, then what stays raw.</summary>
/// <param name="rawFrom">Records from here on stay as they are.</param>
internal readonly ref struct CompactionWriter(ReadOnlySpan<VelocityRecord> log, LogScan scan, int rawFrom)
{
    private readonly ReadOnlySpan<VelocityRecord> log = log;

    public byte[] Write(int partnerCount)
    {
        var buckets = new BucketList();
        for (var index = 0; index < scan.Compacted.Count; index++) buckets.Add(scan.Compacted[index]);
        var keptOutcomes = new List<int>();
        AddOutcomes(buckets, keptOutcomes);
        foreach (ref readonly var attempt in scan.Attempts.Items)
            if (attempt.Record < rawFrom) buckets.Add(BucketOf(attempt));
        foreach (ref readonly var activity in scan.Activities.Items)
            if (activity.Record < rawFrom) buckets.Add(BucketOf(activity.AtMs, RecordKind.Activity, activity.Code, 0, 0));

        var written = new List<VelocityRecord>(log.Length) { default };
        buckets.WriteMerged(written, NewestMs());
        for (var partner = 0; partner < partnerCount; partner++) WritePartners(written, partner);
        written[0] = Header((uint)written.Count).ToRecord();
        foreach (var index in keptOutcomes) written.Add(log[index]);
        WriteRaw(written);
        return MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(written)).ToArray();
    }

    private static Bucket BucketOf(long atMs, RecordKind counted, byte code, byte flags, uint amount) => new()
    {
        FirstMs = atMs,
        LastMs = atMs,
        Counted = counted,
        Code = code,
        Flags = (byte)(flags & (RecordFlags.NoRate | RecordFlags.Saturated)),
        Count = 1,
        SumMinor = amount,
        Smallest = amount,
        Largest = amount,
    };

    private Bucket BucketOf(in LogItem attempt)
    {
        byte code = 0;
        if (scan.OutcomeOf(attempt) is var number and >= 0)
        {
            ref var state = ref scan.Outcome(number);
            code = (byte)((byte)state.Outcome | (state.IsFraud ? CompactedRecords.FraudCode : 0));
        }
        return BucketOf(attempt.AtMs, RecordKind.Attempt, code, attempt.Flags, attempt.Amount);
    }

    /// <summary>Outcomes of attempts that stay raw stay raw too, so that they can still be joined.</summary>
    private void AddOutcomes(BucketList buckets, List<int> kept)
    {
        for (var number = 0; number < scan.OutcomeCount; number++)
        {
            ref var state = ref scan.Outcome(number);
            var attemptIsRaw = scan.AttemptOf(state) >= rawFrom;
            AddWord(state.Issuer, RecordKind.Outcome, state, attemptIsRaw, buckets, kept);
            AddWord(state.Fraud, RecordKind.Label, state, attemptIsRaw, buckets, kept);
            AddWord(state.Chargeback, RecordKind.Label, state, attemptIsRaw, buckets, kept);
        }
    }

    private void AddWord(in OutcomeState.Word word, RecordKind kind, in OutcomeState state, bool attemptIsRaw, BucketList buckets, List<int> kept)
    {
        if (word.Code == 0 || word.Record >= rawFrom) return;
        if (attemptIsRaw) kept.Add(word.Record);
        else if (kind == RecordKind.Outcome || word.Code != VelocityEventType.FraudCleared.Code())
            buckets.Add(BucketOf(word.AtMs, kind, word.Code, state.Flags, state.Amount));
    }

    private long NewestMs()
    {
        var newest = 0L;
        foreach (ref readonly var record in log) newest = Math.Max(newest, record.TimeMs);
        return newest;
    }

    private CompactedHeader Header(uint compactedCount)
    {
        var header = CompactedHeader.Of(log) ?? new CompactedHeader(VelocityRecord.TimeMsMax, 0, 0, 0, 0);
        var firstSeenMs = header.FirstSeenMs;
        ulong attempts = header.LifetimeAttempts, minor = header.LifetimeMinor;
        foreach (ref readonly var attempt in scan.Attempts.Items)
        {
            firstSeenMs = Math.Min(firstSeenMs, attempt.AtMs);
            if (attempt.Record >= rawFrom) continue;
            attempts++;
            minor += attempt.Amount;
        }
        foreach (ref readonly var activity in scan.Activities.Items) firstSeenMs = Math.Min(firstSeenMs, activity.AtMs);
        return new CompactedHeader(firstSeenMs, header.Generation + 1, compactedCount, (uint)Math.Min(attempts, uint.MaxValue), minor);
    }

    private void WritePartners(List<VelocityRecord> written, int partner)
    {
        var lastSeen = new Dictionary<uint, long>();
        foreach (var known in scan.Compacted.Partners)
            if (known.Partner == partner) lastSeen[known.Hash] = known.LastSeenMs;
        foreach (ref readonly var attempt in scan.Attempts.Items)
            if (attempt.Record < rawFrom && log[attempt.Record].Partner(partner) is var hash and not 0)
                lastSeen[hash] = Math.Max(lastSeen.GetValueOrDefault(hash), OnTick(attempt.AtMs));
        var newest = lastSeen.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key).Take(CompactedRecords.PartnersKept);
        foreach (var entries in newest.Chunk(CompactedRecords.PartnersPerRecord)) written.Add(PartnersRecord(partner, entries));
    }

    private static VelocityRecord PartnersRecord(int partner, KeyValuePair<uint, long>[] entries)
    {
        var baseMs = entries[0].Value;
        var (second, third) = (entries.ElementAtOrDefault(1), entries.ElementAtOrDefault(2));
        return new VelocityRecord(
            baseMs, RecordKind.Partners, (byte)(partner | entries.Length << 2), entries[0].Key, second.Key, Age(second), third.Key, Age(third));

        uint Age(KeyValuePair<uint, long> entry) => (uint)Math.Clamp((baseMs - entry.Value) / CompactedRecords.PartnerTickMs, 0, uint.MaxValue);
    }

    private static long OnTick(long timeMs) => (timeMs + CompactedRecords.PartnerTickMs - 1) / CompactedRecords.PartnerTickMs * CompactedRecords.PartnerTickMs;

    private void WriteRaw(List<VelocityRecord> written)
    {
        for (var index = rawFrom; index < log.Length; index++)
            if (log[index].Kind is not (RecordKind.Attempt or RecordKind.Activity) || !scan.IsRepeated(log[index], index)) written.Add(log[index]);
    }

    /// <summary>Buckets of one kind that lie close together become one.</summary>
    private sealed class BucketList
    {
        private readonly List<Bucket> buckets = [];

        public void Add(in Bucket bucket) => buckets.Add(bucket);

        /// <param name="newestMs">What the age of a bucket is measured from.</param>
        public void WriteMerged(List<VelocityRecord> written, long newestMs)
        {
            var kinds = buckets.GroupBy(bucket => (bucket.Counted, bucket.Code, NoRate: bucket.Flags & RecordFlags.NoRate)).OrderBy(kind => kind.Key);
            foreach (var kind in kinds) WriteMerged(written, kind.OrderBy(bucket => bucket.FirstMs).ThenBy(bucket => bucket.LastMs), newestMs);
        }

        private static void WriteMerged(List<VelocityRecord> written, IEnumerable<Bucket> ordered, long newestMs)
        {
            Bucket? open = null;
            foreach (var bucket in ordered)
            {
                if (open is { } started && Merge(started, bucket) is var merged && IsNarrow(merged, newestMs)) open = merged;
                else
                {
                    if (open is { } full) Write(written, full);
                    open = bucket;
                }
            }
            if (open is { } last) Write(written, last);
        }

        private static bool IsNarrow(in Bucket bucket, long newestMs) =>
            (bucket.LastMs - bucket.FirstMs) * CompactedRecords.BucketsPerAge <= newestMs - bucket.LastMs;

        private static Bucket Merge(in Bucket left, in Bucket right)
        {
            var moments = new Moments();
            moments.Add(left);
            moments.Add(right);
            return left with
            {
                FirstMs = Math.Min(left.FirstMs, right.FirstMs),
                LastMs = Math.Max(left.LastMs, right.LastMs),
                Flags = (byte)(left.Flags | right.Flags),
                Count = left.Count + right.Count,
                SumMinor = left.SumMinor + right.SumMinor,
                Smallest = Math.Min(left.Smallest, right.Smallest),
                Largest = Math.Max(left.Largest, right.Largest),
                SquaredDeviations = moments.SquaredDeviations,
            };
        }

        private static void Write(List<VelocityRecord> written, in Bucket bucket)
        {
            written.Add(bucket.ToRecord());
            if (bucket.HasMoments) written.Add(bucket.MomentsToRecord());
        }
    }
}
