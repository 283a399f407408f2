using PaymentGuard.Domain.Velocity.Folding;

namespace PaymentGuard.Domain.Velocity;

/// <summary>One log in memory. Its user locks it.</summary>
internal sealed class EntityLog
{
    private byte[] buffer = new byte[4 * VelocityRecord.Size];
    private int length;
    private LogScan? scan;

    public ReadOnlySpan<byte> Bytes => buffer.AsSpan(0, length);

    /// <returns>Where the record stands.</returns>
    public int Append(in VelocityRecord record, long? keepMs)
    {
        if (length == buffer.Length) MakeRoom(keepMs is { } keep ? record.TimeMs - keep : 0);
        record.CopyTo(buffer.AsSpan(length));
        length += VelocityRecord.Size;
        return length - VelocityRecord.Size;
    }

    public void Replace(byte[] bytes)
    {
        buffer = bytes;
        length = bytes.Length;
        scan?.Forget();
    }

    /// <summary>The scan of all records before the end: what was appended since it was asked for last is read now.</summary>
    /// <param name="end">In bytes; not before the last one.</param>
    public LogScan ScanOf(int end)
    {
        scan ??= new LogScan();
        scan.Continue(VelocityRecord.In(buffer.AsSpan(0, end)));
        return scan;
    }

    /// <summary>Forgets the records at the beginning that are older than the time, if that frees a quarter; otherwise the buffer grows.</summary>
    private void MakeRoom(long forgetBeforeMs)
    {
        var records = VelocityRecord.In(Bytes);
        var forgotten = 0;
        while (forgotten < records.Length && records[forgotten].TimeMs <= forgetBeforeMs) forgotten++;
        if (4 * (forgotten - 1) < records.Length) Array.Resize(ref buffer, 2 * buffer.Length);
        else Forget(records, forgotten);
    }

    private void Forget(ReadOnlySpan<VelocityRecord> records, int forgotten)
    {
        var header = CompactedHeader.Of(records) ?? new CompactedHeader(FirstSeenMs(records), 0, 1, 0, 0);
        var attempts = 0u;
        var sum = 0UL;
        foreach (ref readonly var record in records[..forgotten])
        {
            if (record.Kind != RecordKind.Attempt) continue;
            attempts++;
            sum += record.Amount;
        }
        header = header with { LifetimeAttempts = header.LifetimeAttempts + attempts, LifetimeMinor = header.LifetimeMinor + sum };
        buffer.AsSpan(forgotten * VelocityRecord.Size, length - forgotten * VelocityRecord.Size).CopyTo(buffer.AsSpan(VelocityRecord.Size));
        length -= (forgotten - 1) * VelocityRecord.Size;
        header.ToRecord().CopyTo(buffer);
        scan?.Forget();
    }

    private static long FirstSeenMs(ReadOnlySpan<VelocityRecord> records)
    {
        var first = VelocityRecord.TimeMsMax;
        foreach (ref readonly var record in records)
            if (record.Kind is RecordKind.Attempt or RecordKind.Activity) first = Math.Min(first, record.TimeMs);
        return first;
    }
}
