namespace PaymentGuard.Domain.Velocity;

/// <summary>
/// The layouts of compacted records; time, kind and flags stand where they do in every <see cref="VelocityRecord"/>.
/// <code>
/// offset  size  header                       bucket                              moments (follows its bucket)   partners
///  0      6     first seen                   time of its last item               0                              base time, a multiple of 32 ms
///  7      1     version (1)                  16 no rate, 32 some saturated       0                              partner 0 to 2 | entries (1 to 3) × 4
///  8      8     generation u32, compacted    u48 time of its first item, u8      double: sum of squared         hash, age
///               records u32 (itself too)     kind counted, u8 code               deviations from the mean
/// 16      4     lifetime attempts            items                               smallest amount                hash
/// 20      4     lifetime amounts, u64 low    amounts, u64 low                    largest amount                 age
/// 24      4     high                         high                                0                              hash
/// 28      4     0                            0                                   0                              age
/// </code>
/// A bucket counts attempts of one outcome (code: <see cref="AttemptOutcome"/>, + 4 when reported as fraud), outcomes, labels or account events of
/// one code. It is as wide as 1/12 of its age at most. The partners' ages are u32, in 32 ms before the base; the newest 256 partners of each kind are kept.
/// </summary>
internal static class CompactedRecords
{
    public const byte Version = 1;
    public const byte FraudCode = 4;
    public const int PartnersPerRecord = 3;

    /// <summary>Precision of a compacted partner's time, rounded up.</summary>
    public const long PartnerTickMs = 32;

    /// <summary>Partners of one kind that a compacted log remembers, the newest.</summary>
    public const int PartnersKept = 256;

    /// <summary>A bucket is at most this part of its age wide.</summary>
    public const int BucketsPerAge = 12;
}

/// <summary>First record of a compacted log.</summary>
/// <param name="FirstSeenMs">Of the first attempt or account event.</param>
/// <param name="Generation">Counts compactions.</param>
/// <param name="CompactedCount">Records at the log's beginning that compaction wrote, this one included; what follows them was appended.</param>
/// <param name="LifetimeAttempts">Attempts that were compacted so far; stays at 2^32 − 1 once there.</param>
/// <param name="LifetimeMinor">Their amounts, in minor units of the base currency.</param>
internal readonly record struct CompactedHeader(long FirstSeenMs, uint Generation, uint CompactedCount, uint LifetimeAttempts, ulong LifetimeMinor)
{
    /// <summary>The header of a log; null when it was never compacted.</summary>
    public static CompactedHeader? Of(ReadOnlySpan<VelocityRecord> log)
    {
        if (log.IsEmpty || log[0].Kind != RecordKind.Header) return null;
        var record = log[0];
        return new CompactedHeader(
            record.TimeMs, (uint)record.EventHash, (uint)(record.EventHash >> 32), record.Amount, record.Partner0 | (ulong)record.Partner1 << 32);
    }

    public VelocityRecord ToRecord() => new(
        FirstSeenMs, RecordKind.Header, CompactedRecords.Version, Generation | (ulong)CompactedCount << 32, LifetimeAttempts,
        (uint)LifetimeMinor, (uint)(LifetimeMinor >> 32));
}

/// <summary>How much of one thing happened between two times.</summary>
internal struct Bucket
{
    public long FirstMs;
    public long LastMs;

    /// <summary>Attempt, outcome, label or activity.</summary>
    public RecordKind Counted;

    /// <summary>See <see cref="CompactedRecords"/>.</summary>
    public byte Code;

    /// <summary>See <see cref="RecordFlags"/>.</summary>
    public byte Flags;
    public uint Count;
    public long SumMinor;
    public uint Smallest;
    public uint Largest;
    public double SquaredDeviations;

    public readonly bool HasMoments => Counted == RecordKind.Attempt && (Flags & RecordFlags.NoRate) == 0;

    public readonly double Mean => (double)SumMinor / Count;

    public static Bucket Of(in VelocityRecord record) => new()
    {
        FirstMs = (long)(record.EventHash & VelocityRecord.TimeMsMax),
        LastMs = record.TimeMs,
        Counted = (RecordKind)(byte)(record.EventHash >> 48),
        Code = (byte)(record.EventHash >> 56),
        Flags = record.Flags,
        Count = record.Amount,
        SumMinor = (long)(record.Partner0 | (ulong)record.Partner1 << 32),
    };

    public void SetMoments(in VelocityRecord record)
    {
        SquaredDeviations = BitConverter.UInt64BitsToDouble(record.EventHash);
        Smallest = record.Amount;
        Largest = record.Partner0;
    }

    public readonly VelocityRecord ToRecord() => new(
        LastMs, RecordKind.Bucket, Flags, (ulong)FirstMs | (ulong)Counted << 48 | (ulong)Code << 56, Count, (uint)SumMinor, (uint)((ulong)SumMinor >> 32));

    public readonly VelocityRecord MomentsToRecord() =>
        new(0, RecordKind.Moments, 0, BitConverter.DoubleToUInt64Bits(SquaredDeviations), Smallest, Largest);
}
