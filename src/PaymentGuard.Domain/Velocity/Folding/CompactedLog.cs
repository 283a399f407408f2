namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>The compacted part of a log.</summary>
internal sealed class CompactedLog
{
    private Bucket[] buckets = [];
    private readonly List<(int Partner, uint Hash, long LastSeenMs)> partners = [];

    public int Count { get; private set; }

    /// <summary>Null when the log was never compacted.</summary>
    public long? FirstSeenMs { get; private set; }

    public ref readonly Bucket this[int index] => ref buckets[index];

    /// <summary>When partners were last seen, as far as compaction knows them.</summary>
    public List<(int Partner, uint Hash, long LastSeenMs)> Partners => partners;

    public void Clear()
    {
        Count = 0;
        FirstSeenMs = null;
        partners.Clear();
    }

    public void Add(in VelocityRecord record)
    {
        switch (record.Kind)
        {
            case RecordKind.Header:
                FirstSeenMs = record.TimeMs;
                break;
            case RecordKind.Bucket:
                if (Count == buckets.Length) Array.Resize(ref buckets, Math.Max(16, 2 * Count));
                buckets[Count++] = Bucket.Of(record);
                break;
            case RecordKind.Moments:
                if (Count > 0) buckets[Count - 1].SetMoments(record);
                break;
            case RecordKind.Partners:
                AddPartners(record);
                break;
        }
    }

    private void AddPartners(in VelocityRecord record)
    {
        var partner = record.Flags & 3;
        var entries = record.Flags >> 2;
        AddPartner(partner, (uint)record.EventHash, record.TimeMs, (uint)(record.EventHash >> 32));
        if (entries > 1) AddPartner(partner, record.Amount, record.TimeMs, record.Partner0);
        if (entries > 2) AddPartner(partner, record.Partner1, record.TimeMs, record.Partner2);
    }

    private void AddPartner(int partner, uint hash, long baseMs, uint age) =>
        partners.Add((partner, hash, baseMs - age * CompactedRecords.PartnerTickMs));
}
