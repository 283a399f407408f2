using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Assessments;

/// <summary>
/// The velocities that a decision saw, in the order of its rule set's layout, so that it can be explained and evaluated again as served. After a 16-bit
/// count, for each a byte (bits 0 and 1 the state, 2 whether nanoseconds follow, 3 which end of the value, 4 to 7 how many bytes of it), then that many
/// bytes of the 64-bit value, from its low end or its high one, the others being zero, then 32-bit nanoseconds. All little endian. Most velocities are
/// small, so this is about a third of their size: rows stay below the length from which PostgreSQL compresses.
/// </summary>
internal static class ServedSignals
{
    private const int SizeMax = 1 + sizeof(long) + sizeof(int), StateBits = 3, HasNanos = 4, IsHighEnd = 8, LengthShift = 4;

    public static byte[] Write(SignalLayout layout, Signals signals)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(sizeof(ushort) + layout.Velocities.Count * SizeMax);
        BinaryPrimitives.WriteUInt16LittleEndian(buffer, (ushort)layout.Velocities.Count);
        var length = sizeof(ushort);
        for (var slot = layout.FirstVelocitySlot; slot < layout.SlotCount; slot++) length += Write(signals[slot], buffer.AsSpan(length));
        var bytes = buffer[..length];
        ArrayPool<byte>.Shared.Return(buffer);
        return bytes;
    }

    /// <summary>Puts the values back into signals of the same rule set. False when the bytes were written for another layout.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, SignalLayout layout, Signals signals)
    {
        if (bytes.Length < sizeof(ushort) || BinaryPrimitives.ReadUInt16LittleEndian(bytes) != layout.Velocities.Count) return false;
        bytes = bytes[sizeof(ushort)..];
        for (var slot = layout.FirstVelocitySlot; slot < layout.SlotCount; slot++)
        {
            if (!TryRead(ref bytes, out var signal)) return false;
            signal.Reference = IsMoney(layout.Velocities[slot - layout.FirstVelocitySlot].Aggregate) ? Currencies.Base : null;
            signals.Set(slot, signal);
        }
        return bytes.IsEmpty;
    }

    private static int Write(in Signal signal, Span<byte> target)
    {
        var bits = (ulong)signal.Bits;
        var lowBytes = sizeof(ulong) - BitOperations.LeadingZeroCount(bits) / 8;
        var highBytes = sizeof(ulong) - BitOperations.TrailingZeroCount(bits) / 8;
        var isHighEnd = highBytes < lowBytes;
        var length = isHighEnd ? highBytes : lowBytes;
        target[0] = (byte)((int)signal.State | (signal.Nanos != 0 ? HasNanos : 0) | (isHighEnd ? IsHighEnd : 0) | length << LengthShift);
        BinaryPrimitives.WriteUInt64LittleEndian(target[1..], isHighEnd ? bits >> 8 * (sizeof(ulong) - length) : bits);
        if (signal.Nanos == 0) return 1 + length;
        BinaryPrimitives.WriteInt32LittleEndian(target[(1 + length)..], signal.Nanos);
        return 1 + length + sizeof(int);
    }

    private static bool TryRead(ref ReadOnlySpan<byte> bytes, out Signal signal)
    {
        signal = default;
        if (bytes.IsEmpty) return false;
        var head = bytes[0];
        var (length, nanosLength) = (head >> LengthShift, (head & HasNanos) != 0 ? sizeof(int) : 0);
        if (length > sizeof(ulong) || bytes.Length < 1 + length + nanosLength) return false;
        Span<byte> value = stackalloc byte[sizeof(ulong)];
        value.Clear();
        bytes.Slice(1, length).CopyTo((head & IsHighEnd) != 0 ? value[^length..] : value);
        signal.State = (SignalState)(head & StateBits);
        signal.Bits = BinaryPrimitives.ReadInt64LittleEndian(value);
        if (nanosLength > 0) signal.Nanos = BinaryPrimitives.ReadInt32LittleEndian(bytes[(1 + length)..]);
        bytes = bytes[(1 + length + nanosLength)..];
        return true;
    }

    private static bool IsMoney(VelocityAggregate aggregate) =>
        aggregate is VelocityAggregate.Sum or VelocityAggregate.Avg or VelocityAggregate.Min or VelocityAggregate.Max or VelocityAggregate.StdDev;
}
