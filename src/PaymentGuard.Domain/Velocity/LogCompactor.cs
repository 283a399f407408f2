using PaymentGuard.Domain.Velocity.Folding;

namespace PaymentGuard.Domain.Velocity;

/// <summary>Makes buckets of a log's older records, so that a log stays short however much happens.</summary>
public static class LogCompactor
{
    /// <summary>Whether more has been appended since the last compaction than the definition allows.</summary>
    public static bool IsDue(ReadOnlySpan<byte> log, EntityDefinition definition)
    {
        // Most logs are short: what they begin with need not be looked at.
        if (log.Length <= definition.CompactAbove * VelocityRecord.Size) return false;
        var records = VelocityRecord.In(log);
        return records.Length - CompactedCount(records) > definition.CompactAbove;
    }

    /// <summary>
    /// The log with all but its newest records compacted. Velocities stay the same but where a window's edge cuts a bucket, or a condition asks what buckets
    /// do not tell apart. Repetitions that are still raw are dropped; outcomes are joined to their attempts first.
    /// </summary>
    public static byte[] Compact(ReadOnlySpan<byte> log, EntityDefinition definition)
    {
        var records = VelocityRecord.In(log);
        var scan = FoldBuffers.OfThread.Scan;
        scan.Run(records, ownHash: null, VelocityRecord.TimeMsMax);
        var writer = new CompactionWriter(records, scan, rawFrom: Math.Max(CompactedCount(records), records.Length - definition.KeepRaw));
        return writer.Write(definition.Partners.Count);
    }

    private static int CompactedCount(ReadOnlySpan<VelocityRecord> records) => (int)(CompactedHeader.Of(records)?.CompactedCount ?? 0);
}
