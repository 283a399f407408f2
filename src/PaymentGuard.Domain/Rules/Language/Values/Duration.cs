using System.Globalization;

namespace PaymentGuard.Domain.Rules.Language;

/// <summary>A length of time, also a negative one, in whole nanoseconds: at most 292 years, as in CEL's own implementations.</summary>
public readonly record struct Duration(long Nanos) : IComparable<Duration>, IComparable
{
    internal const long NanosPerSecond = 1_000_000_000;
    internal const long MillisecondsMax = long.MaxValue / 1_000_000;

    private static readonly (string Unit, decimal Nanos)[] Units =
        [("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000), ("h", 3_600e9m), ("m", 60e9m), ("s", 1e9m)];

    public static Duration FromMilliseconds(long milliseconds) => new(checked(milliseconds * 1_000_000));

    public double TotalSeconds => Nanos / 1e9;

    public int CompareTo(Duration other) => Nanos.CompareTo(other.Nanos);

    int IComparable.CompareTo(object? other) => CompareTo((Duration)other!);

    /// <summary>From whole seconds, rounded down, and the rest. False outside the range.</summary>
    internal static bool TryFromParts(long seconds, int nanos, out Duration duration)
    {
        var total = unchecked((seconds * NanosPerSecond) + nanos);
        duration = new Duration(total);
        // Within these seconds only the first and the last can wrap, and then the sign turns.
        return seconds is >= -9_223_372_037 and <= 9_223_372_036 && (seconds ^ total) >= 0;
    }

    internal static bool TryFrom(Int128 nanos, out Duration duration)
    {
        duration = new Duration(unchecked((long)nanos));
        return nanos == duration.Nanos;
    }

    /// <summary>Reads a sign and numbers with units, such as <c>1h30m</c>, <c>-1.5s</c> or <c>0</c>: ns, us, ms, s, m, h.</summary>
    public static bool TryParse(string text, out Duration duration)
    {
        duration = default;
        var rest = text.AsSpan();
        var negative = rest.StartsWith("-");
        if (negative || rest.StartsWith("+")) rest = rest[1..];
        if (rest is "0") return true;
        decimal total = 0;
        if (rest.IsEmpty) return false;
        while (!rest.IsEmpty)
            if (!TryTakePart(ref rest, ref total)) return false;
        return TryFrom((Int128)decimal.Truncate(negative ? -total : total), out duration);
    }

    private static bool TryTakePart(ref ReadOnlySpan<char> rest, ref decimal total)
    {
        var numberLength = rest.IndexOfAnyExcept("0123456789.");
        if (numberLength is <= 0 or > 20) return false;
        if (!decimal.TryParse(rest[..numberLength], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
        rest = rest[numberLength..];
        foreach (var (unit, nanos) in Units)
        {
            if (!rest.StartsWith(unit)) continue;
            rest = rest[unit.Length..];
            // Far out of range, and a decimal holds it.
            if (number > 1e13m || total > 1e25m) return false;
            total += number * nanos;
            return true;
        }
        return false;
    }

    /// <summary>In seconds, as CEL writes it: <c>5400s</c>, <c>-0.5s</c>.</summary>
    public override string ToString()
    {
        var magnitude = Int128.Abs(Nanos);
        var text = $"{(Nanos < 0 ? "-" : "")}{magnitude / NanosPerSecond}";
        return text + Timestamp.Fraction((int)(magnitude % NanosPerSecond)) + "s";
    }
}
