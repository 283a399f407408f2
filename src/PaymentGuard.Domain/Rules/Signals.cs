using System.Net;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Domain.Rules;

/// <summary>
/// The values that one payment gives the slots of a rule set's <see cref="SignalLayout"/>; all start as missing. Not thread safe;
/// meant to be pooled: <see cref="Reset"/> forgets the payment.
/// </summary>
public sealed class Signals(int slotCount)
{
    /// <summary>Compiled conditions read it directly.</summary>
    internal readonly Signal[] Slots = new Signal[slotCount];

    public int Count => Slots.Length;

    /// <summary>Whether any slot could not be read.</summary>
    public bool AnyUnavailable { get; private set; }

    /// <summary>Where conditions find exchange rates; null when there are none: then two currencies do not compare.</summary>
    public IReferenceData? Rates { get; private set; }

    /// <summary>The time whose exchange rates hold.</summary>
    public DateTimeOffset RatesAt { get; private set; }

    public ref readonly Signal this[int slot] => ref Slots[slot];

    public void Reset()
    {
        Array.Clear(Slots);
        AnyUnavailable = false;
        Rates = null;
    }

    /// <summary>Lets amounts of different currencies meet, at the rates in force at that time.</summary>
    public void SetRates(IReferenceData rates, DateTimeOffset at) => (Rates, RatesAt) = (rates, at);

    public void SetMissing(int slot) => Slots[slot] = default;

    public void SetUnavailable(int slot)
    {
        Slots[slot] = new Signal { State = SignalState.Unavailable };
        AnyUnavailable = true;
    }

    public void SetBool(int slot, bool value) => SetBits(slot, value ? 1 : 0);

    public void SetInt(int slot, long value) => SetBits(slot, value);

    public void SetDouble(int slot, double value) => SetBits(slot, BitConverter.DoubleToInt64Bits(value));

    /// <summary>A null text is missing.</summary>
    public void SetText(int slot, string? value) => SetReference(slot, 0, value);

    /// <summary>A null amount is missing.</summary>
    public void SetMoney(int slot, Money? value) => SetReference(slot, value?.Minor ?? 0, value?.Currency);

    /// <summary>A null address is missing. An IPv6 address that wraps an IPv4 address is that address, so that no list is passed by in disguise.</summary>
    public void SetIp(int slot, IPAddress? value) => SetReference(slot, 0, value is { IsIPv4MappedToIPv6: true } ? value.MapToIPv4() : value);

    public void SetTimestamp(int slot, DateTimeOffset value) =>
        SetSeconds(slot, value.ToUnixTimeSeconds(), (int)(value.UtcTicks % TimeSpan.TicksPerSecond) * TimeSpan.NanosecondsPerTick);

    public void SetDurationMs(int slot, long milliseconds)
    {
        var seconds = Math.DivRem(milliseconds, 1_000, out var rest);
        SetSeconds(slot, rest < 0 ? seconds - 1 : seconds, (int)(rest < 0 ? rest + 1_000 : rest) * 1_000_000);
    }

    /// <summary>Any value as it is, for evaluations outside a payment.</summary>
    public void Set(int slot, in Signal value)
    {
        Slots[slot] = value;
        AnyUnavailable |= value.State == SignalState.Unavailable;
    }

    private void SetBits(int slot, long bits)
    {
        ref var signal = ref Slots[slot];
        signal.State = SignalState.Known;
        signal.Bits = bits;
    }

    private void SetReference(int slot, long bits, object? reference)
    {
        ref var signal = ref Slots[slot];
        signal.State = reference is null ? SignalState.Missing : SignalState.Known;
        signal.Bits = bits;
        signal.Reference = reference;
    }

    private void SetSeconds(int slot, long seconds, long nanos)
    {
        ref var signal = ref Slots[slot];
        signal.State = SignalState.Known;
        signal.Bits = seconds;
        signal.Nanos = (int)nanos;
    }
}
