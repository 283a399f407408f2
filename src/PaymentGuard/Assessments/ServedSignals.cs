using System.Buffers.Binary;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Assessments;

/// <summary>
/// The velocities that a decision saw, in the order of its rule set's layout, so that it can be explained and evaluated again as served.
/// 13 bytes each: state, 32-bit nanoseconds, 64-bit value, little endian, after a 16-bit count.
/// </summary>
internal static class ServedSignals
{
    private const int Size = 1 + sizeof(int) + sizeof(long);

    public static byte[] Write(SignalLayout layout, Signals signals)
    {
        var bytes = new byte[sizeof(ushort) + layout.Velocities.Count * Size];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)layout.Velocities.Count);
        var target = bytes.AsSpan(sizeof(ushort));
        for (var slot = layout.FirstVelocitySlot; slot < layout.SlotCount; slot++, target = target[Size..])
        {
            ref readonly var signal = ref signals[slot];
            target[0] = (byte)signal.State;
            BinaryPrimitives.WriteInt32LittleEndian(target[1..], signal.Nanos);
            BinaryPrimitives.WriteInt64LittleEndian(target[5..], signal.Bits);
        }
        return bytes;
    }

    /// <summary>Puts the values back into signals of the same rule set. False when the bytes were written for another layout.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, SignalLayout layout, Signals signals)
    {
        var count = layout.Velocities.Count;
        if (bytes.Length != sizeof(ushort) + count * Size || BinaryPrimitives.ReadUInt16LittleEndian(bytes) != count) return false;
        bytes = bytes[sizeof(ushort)..];
        for (var slot = layout.FirstVelocitySlot; slot < layout.SlotCount; slot++, bytes = bytes[Size..])
        {
            var signal = new Signal
            {
                State = (SignalState)bytes[0],
                Nanos = BinaryPrimitives.ReadInt32LittleEndian(bytes[1..]),
                Bits = BinaryPrimitives.ReadInt64LittleEndian(bytes[5..]),
                Reference = IsMoney(layout.Velocities[slot - layout.FirstVelocitySlot].Aggregate) ? Currencies.Base : null,
            };
            signals.Set(slot, signal);
        }
        return true;
    }

    private static bool IsMoney(VelocityAggregate aggregate) =>
        aggregate is VelocityAggregate.Sum or VelocityAggregate.Avg or VelocityAggregate.Min or VelocityAggregate.Max or VelocityAggregate.StdDev;
}
