using System.Runtime.InteropServices;

namespace PaymentGuard.Domain.Velocity;

/// <summary>What a record of a log says. The numbers are stored.</summary>
public enum RecordKind : byte
{
    /// <summary>A payment was attempted.</summary>
    Attempt = 0,
    /// <summary>The issuer answered an attempt.</summary>
    Outcome = 1,
    /// <summary>What an attempt turned out to be: fraud, not fraud after all, charged back.</summary>
    Label = 2,
    /// <summary>Compacted: how much happened between two times.</summary>
    Bucket = 3,
    /// <summary>Something happened to an account.</summary>
    Activity = 4,
    /// <summary>All attempts in this log with this event hash are repetitions of one that is compacted already: they do not count.</summary>
    Void = 5,
    /// <summary>Compacted: when up to three partners were last seen.</summary>
    Partners = 6,
    /// <summary>First record of a compacted log.</summary>
    Header = 7,
    /// <summary>Compacted: the amounts of the bucket before it.</summary>
    Moments = 8,
}

/// <summary>
/// One record of an entity's log: 32 bytes, little endian. A log is a string of such records, newest last, and nothing else; readers skip kinds they do not know.
/// <code>
/// offset  size  attempt          outcome, label      activity        void
///  0      6     event time, milliseconds since 1970 (all kinds)
///  6      1     <see cref="RecordKind"/>
///  7      1     flags: low four bits the code of what happened (0 for an attempt), 16 no rate for the amount, 32 amount saturated
///  8      8     event hash: of the payment's id (attempt, outcome, label, void), of source and id of the event (activity)
/// 16      4     amount, minor units of the base currency, that of the attempt in outcomes and labels; 0 without a rate; at most 2^32 − 1
/// 20      4     first partner    tie rank            first partner   0
/// 24      4     second partner   0                   second partner  0
/// 28      4     third partner    0                   third partner   0
/// </code>
/// Partners are keyed 32-bit hashes of the identifiers named by <see cref="EntityDefinition.Partners"/>; 0 is none. The tie rank decides
/// between contradicting outcomes of the same millisecond: the larger one holds. Codes: <see cref="VelocityEventType"/>.
/// Compacted records (header, bucket, moments, partners) have layouts of their own, see <see cref="CompactedRecords"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = Size)]
public readonly struct VelocityRecord
{
    public const int Size = 32;

    /// <summary>Latest time a record can hold, in the year 10889.</summary>
    public const long TimeMsMax = (1L << 48) - 1;

    private readonly ulong head;

    public VelocityRecord(long timeMs, RecordKind kind, byte flags, ulong eventHash, uint amount, uint partner0 = 0, uint partner1 = 0, uint partner2 = 0)
    {
        head = (ulong)Math.Clamp(timeMs, 0, TimeMsMax) | (ulong)kind << 48 | (ulong)flags << 56;
        EventHash = eventHash;
        Amount = amount;
        Partner0 = partner0;
        Partner1 = partner1;
        Partner2 = partner2;
    }

    /// <summary>Milliseconds since 1970.</summary>
    public long TimeMs => (long)(head & TimeMsMax);

    public RecordKind Kind => (RecordKind)(byte)(head >> 48);

    public byte Flags => (byte)(head >> 56);

    public ulong EventHash { get; }

    public uint Amount { get; }

    public uint Partner0 { get; }

    public uint Partner1 { get; }

    public uint Partner2 { get; }

    /// <summary>Low four bits of the flags.</summary>
    public byte Code => (byte)(Flags & 15);

    public bool HasNoRate => (Flags & RecordFlags.NoRate) != 0;

    public bool IsSaturated => (Flags & RecordFlags.Saturated) != 0;

    /// <summary>Of outcomes and labels.</summary>
    public uint TieRank => Partner0;

    /// <summary>Partner 0, 1 or 2.</summary>
    public uint Partner(int index) => index switch { 0 => Partner0, 1 => Partner1, _ => Partner2 };

    /// <summary>The records of a log, in place. Throws <see cref="ArgumentException"/> when its length is no multiple of a record's.</summary>
    public static ReadOnlySpan<VelocityRecord> In(ReadOnlySpan<byte> log)
    {
        if (log.Length % Size != 0) throw new ArgumentException("A log is made of whole records.", nameof(log));
        // The records are read in place: the machine's layout must be the log's.
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Velocity logs need a little-endian machine.");
        return MemoryMarshal.Cast<byte, VelocityRecord>(log);
    }

    public void CopyTo(Span<byte> target) => MemoryMarshal.Write(target, in this);

    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }
}

/// <summary>High four bits of <see cref="VelocityRecord.Flags"/>.</summary>
public static class RecordFlags
{
    /// <summary>The amount is not known in the base currency.</summary>
    public const byte NoRate = 16;

    /// <summary>The amount is larger than a record can hold.</summary>
    public const byte Saturated = 32;
}
