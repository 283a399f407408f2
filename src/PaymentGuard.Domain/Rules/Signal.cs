using System.Net;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules.Language;

namespace PaymentGuard.Domain.Rules;

/// <summary>One input of the rules, in the form that compiled conditions read: what the bits mean follows from the slot's type.</summary>
public struct Signal
{
    public SignalState State;

    /// <summary>Timestamp and duration: nanoseconds within the second, 0 to 999,999,999.</summary>
    public int Nanos;

    /// <summary>Int: the value. Double: its bits. Bool: 0 or 1. Money: minor units. Timestamp: seconds since 1970. Duration: seconds, rounded down.</summary>
    public long Bits;

    /// <summary>Text: the string. Money: the currency. Ip: the <see cref="IPAddress"/>. Null, list, map, network and any: the value itself.</summary>
    public object? Reference;

    public static Signal Of(bool value) => new() { State = SignalState.Known, Bits = value ? 1 : 0 };

    public static Signal Of(long value) => new() { State = SignalState.Known, Bits = value };

    public static Signal Of(double value) => Of(BitConverter.DoubleToInt64Bits(value));

    public static Signal Of(string value) => Of((object)value);

    public static Signal Of(Money value) => new() { State = SignalState.Known, Bits = value.Minor, Reference = value.Currency };

    public static Signal Of(IPAddress value) => Of((object)value);

    public static Signal Of(Timestamp value) => new() { State = SignalState.Known, Bits = value.Seconds, Nanos = value.NanosOfSecond };

    public static Signal Of(Duration value)
    {
        var seconds = Math.DivRem(value.Nanos, Duration.NanosPerSecond, out var nanos);
        return nanos < 0
            ? new Signal { State = SignalState.Known, Bits = seconds - 1, Nanos = (int)(nanos + Duration.NanosPerSecond) }
            : new Signal { State = SignalState.Known, Bits = seconds, Nanos = (int)nanos };
    }

    public static Signal Of(Network value) => Of((object)value);

    public static Signal Of(object[] value) => Of((object)value);

    public static Signal Of(MapValue value) => Of((object)value);

    /// <summary>A value of any type as it is; for scalars the other overloads.</summary>
    public static Signal Of(object value) => new() { State = SignalState.Known, Reference = value };

    /// <summary>
    /// The value as an object: bool, long, double, string, <see cref="Money"/>, <see cref="IPAddress"/>, <see cref="Network"/>, <see cref="Timestamp"/>,
    /// <see cref="Duration"/>, <see cref="NullValue"/>, object[] or <see cref="MapValue"/>; null when it is not known.
    /// </summary>
    public readonly object? ToValue(SignalType type) => State != SignalState.Known ? null : type switch
    {
        SignalType.Bool => Bits != 0,
        SignalType.Int => Bits,
        SignalType.Double => BitConverter.Int64BitsToDouble(Bits),
        SignalType.Money => new Money(Bits, (string)Reference!),
        SignalType.Timestamp => Timestamp.FromParts(Bits, Nanos),
        SignalType.Duration => Duration.TryFromParts(Bits, Nanos, out var duration) ? duration : null,
        SignalType.Text or SignalType.Ip or SignalType.Null or SignalType.List or SignalType.Map or SignalType.Network or SignalType.Any => Reference,
    };

    /// <summary>The signal of a value in one of the forms of <see cref="ToValue"/>, for evaluations outside a payment.</summary>
    public static Signal OfValue(object value) => value switch
    {
        bool flag => Of(flag),
        long number => Of(number),
        double number => Of(number),
        Money money => Of(money),
        Timestamp timestamp => Of(timestamp),
        Duration duration => Of(duration),
        _ => Of(value),
    };
}
