using System.Globalization;
using System.Net;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;

namespace PaymentGuard.Rules;

/// <summary>Values as rules write them, <c>1.20 EUR</c>, <c>24h</c>, <c>3</c>, read by the rule language itself.</summary>
internal static class Constants
{
    private static readonly LanguageScope NoNames = new([]);
    private static readonly SignalLayout NoSlots = new([], []);

    public static TimeSpan? Duration(string text) =>
        TryRead(text, SignalType.Duration, out var value) ? TimeSpan.FromSeconds(value.Bits) + TimeSpan.FromTicks(value.Nanos / TimeSpan.NanosecondsPerTick) : null;

    /// <summary>Reads a value of a signal of that type; a text needs no quotes. False when it is none.</summary>
    public static bool TryRead(string text, SignalType type, out Signal value)
    {
        value = new Signal { State = SignalState.Known };
        switch (type)
        {
            case SignalType.Text:
                value.Reference = text;
                return true;
            case SignalType.Ip:
                value.Reference = IPAddress.TryParse(text, out var address) ? address : null;
                return value.Reference is not null;
            case SignalType.Timestamp:
                return TryReadTimestamp(text, ref value);
            default:
                return TryEvaluate(text, type, ref value);
        }
    }

    /// <summary>A known value as rules write it.</summary>
    public static string Write(in Signal value, SignalType type) => type switch
    {
        SignalType.Bool => value.Bits != 0 ? "true" : "false",
        SignalType.Int => value.Bits.ToString(CultureInfo.InvariantCulture),
        SignalType.Double => BitConverter.Int64BitsToDouble(value.Bits).ToString("R", CultureInfo.InvariantCulture),
        SignalType.Money => WriteMoney(value.Bits, (string)value.Reference!),
        SignalType.Timestamp => DateTimeOffset.FromUnixTimeSeconds(value.Bits).AddTicks(value.Nanos / TimeSpan.NanosecondsPerTick)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        SignalType.Duration => WriteDuration(value.Bits, value.Nanos),
        _ => value.Reference?.ToString() ?? "",
    };

    private static string WriteMoney(long minor, string currency)
    {
        Currencies.TryGetDecimals(currency, out var decimals);
        var major = new decimal(1, 0, 0, false, (byte)decimals) * minor;
        return $"{major.ToString($"F{decimals}", CultureInfo.InvariantCulture)} {currency}";
    }

    private static string WriteDuration(long seconds, int nanos)
    {
        var span = TimeSpan.FromSeconds(seconds) + TimeSpan.FromTicks(nanos / TimeSpan.NanosecondsPerTick);
        var parts = new[] { (span.Days, "d"), (span.Hours, "h"), (span.Minutes, "m"), (span.Seconds, "s"), (span.Milliseconds, "ms") };
        var text = string.Concat(parts.Where(part => part.Item1 != 0).Select(part => $"{Math.Abs(part.Item1)}{part.Item2}"));
        return text.Length == 0 ? "0s" : span < TimeSpan.Zero ? $"-{text}" : text;
    }

    private static bool TryReadTimestamp(string text, ref Signal value)
    {
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return false;
        value.Bits = time.ToUnixTimeSeconds();
        value.Nanos = (int)(time.UtcTicks % TimeSpan.TicksPerSecond) * (int)TimeSpan.NanosecondsPerTick;
        return true;
    }

    /// <summary>A whole number is also a value for a signal that may have a fraction.</summary>
    private static bool TryEvaluate(string text, SignalType type, ref Signal value)
    {
        if (Expressions.Check(text, NoNames, out _) is not { } constant) return false;
        if (!ExpressionProgram.Compile(constant, NoSlots).TryEvaluate(new Signals(0), out value)) return false;
        if (constant.Type == type) return true;
        if (type != SignalType.Double || constant.Type != SignalType.Int) return false;
        value.Bits = BitConverter.DoubleToInt64Bits(value.Bits);
        return true;
    }
}
