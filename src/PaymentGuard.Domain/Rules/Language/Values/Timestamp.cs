using System.Globalization;

namespace PaymentGuard.Domain.Rules.Language;

/// <summary>An instant from the year 1 to the end of 9999, in whole nanoseconds since 1970-01-01T00:00:00Z.</summary>
public readonly record struct Timestamp(Int128 Nanos) : IComparable<Timestamp>, IComparable
{
    private const long SecondsMin = -62_135_596_800;
    private const long SecondsMax = 253_402_300_799;

    public long Seconds => (long)((Nanos - NanosOfSecond) / Duration.NanosPerSecond);

    public int NanosOfSecond => (int)(((Nanos % Duration.NanosPerSecond) + Duration.NanosPerSecond) % Duration.NanosPerSecond);

    public int CompareTo(Timestamp other) => Nanos.CompareTo(other.Nanos);

    int IComparable.CompareTo(object? other) => CompareTo((Timestamp)other!);

    internal static Timestamp FromParts(long seconds, int nanos) => new(((Int128)seconds * Duration.NanosPerSecond) + nanos);

    /// <summary>False outside the range.</summary>
    public static bool TryFromSeconds(long seconds, out Timestamp timestamp)
    {
        timestamp = FromParts(seconds, 0);
        return seconds is >= SecondsMin and <= SecondsMax;
    }

    internal bool TryAdd(Int128 nanos, out Timestamp result)
    {
        result = new Timestamp(Nanos + nanos);
        return result.Nanos >= FromParts(SecondsMin, 0).Nanos && result.Nanos < FromParts(SecondsMax + 1, 0).Nanos;
    }

    /// <summary>Reads RFC 3339: <c>2026-03-01T10:00:00.5+01:00</c>; decimals past the ninth are cut.</summary>
    public static bool TryParse(string text, out Timestamp timestamp)
    {
        timestamp = default;
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':') return false;
        if (!TryNumber(text, 0, 4, 1, 9_999, out var year) || !TryNumber(text, 5, 2, 1, 12, out var month)) return false;
        if (!TryNumber(text, 8, 2, 1, DateTime.DaysInMonth(year, month), out var day)) return false;
        if (!TryNumber(text, 11, 2, 0, 23, out var hour) || !TryNumber(text, 14, 2, 0, 59, out var minute)) return false;
        if (!TryNumber(text, 17, 2, 0, 59, out var second)) return false;
        if (!TryFraction(text, out var nanos, out var zone) || !TryZone(text, zone, out var offset)) return false;
        var date = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc);
        var seconds = (date.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond;
        return FromParts(seconds, nanos).TryAdd(-(Int128)offset * Duration.NanosPerSecond, out timestamp);
    }

    private static bool TryNumber(string text, int start, int length, int min, int max, out int value) =>
        int.TryParse(text.AsSpan(start, length), NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= min && value <= max;

    private static bool TryFraction(string text, out int nanos, out int end)
    {
        (nanos, end) = (0, 19);
        if (text[19] != '.') return true;
        end = 20;
        for (var scale = 100_000_000; end < text.Length && char.IsAsciiDigit(text[end]); end++, scale /= 10) nanos += scale * (text[end] - '0');
        return end > 20;
    }

    private static bool TryZone(string text, int start, out int offsetSeconds)
    {
        offsetSeconds = 0;
        var zone = text.AsSpan(start);
        if (zone is "Z") return true;
        if (zone.Length != 6 || zone[0] is not ('+' or '-') || zone[3] != ':') return false;
        if (!TryNumber(text, start + 1, 2, 0, 23, out var hours) || !TryNumber(text, start + 4, 2, 0, 59, out var minutes)) return false;
        offsetSeconds = ((hours * 60) + minutes) * (zone[0] == '-' ? -60 : 60);
        return true;
    }

    /// <summary>RFC 3339 in UTC, with as many decimals as there are.</summary>
    public override string ToString()
    {
        var date = CivilTime.Of(Seconds);
        return $"{date.Year:D4}-{date.Month:D2}-{date.Day:D2}T{date.Hour:D2}:{date.Minute:D2}:{date.Second:D2}{Fraction(NanosOfSecond)}Z";
    }

    /// <summary>A point and the decimals without closing zeros; nothing for 0.</summary>
    internal static string Fraction(int nanos) => nanos == 0 ? "" : "." + nanos.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
}
