using System.Globalization;

namespace PaymentGuard.Domain.Rules.Language.Functions;

/// <summary>Timestamps, durations and what clocks show. A time zone is an IANA name or an offset such as <c>+08:00</c>; without one it is UTC.</summary>
internal static class TimeFunctions
{
    [RuleFunction("+", CallStyle.Operator)]
    public static bool TryAdd(Duration left, Duration right, out Duration result)
    {
        var fits = NumberFunctions.TryAdd(left.Nanos, right.Nanos, out var nanos);
        result = new Duration(nanos);
        return fits;
    }

    [RuleFunction("-", CallStyle.Operator)]
    public static bool TrySubtract(Duration left, Duration right, out Duration result)
    {
        var fits = NumberFunctions.TrySubtract(left.Nanos, right.Nanos, out var nanos);
        result = new Duration(nanos);
        return fits;
    }

    [RuleFunction("negate", CallStyle.Operator)]
    public static bool TryNegate(Duration value, out Duration result)
    {
        var fits = NumberFunctions.TryNegate(value.Nanos, out var nanos);
        result = new Duration(nanos);
        return fits;
    }

    [RuleFunction("+", CallStyle.Operator)]
    public static bool TryAdd(Timestamp left, Duration right, out Timestamp result) => left.TryAdd(right.Nanos, out result);

    [RuleFunction("+", CallStyle.Operator)]
    public static bool TryAdd(Duration left, Timestamp right, out Timestamp result) => right.TryAdd(left.Nanos, out result);

    [RuleFunction("-", CallStyle.Operator)]
    public static bool TrySubtract(Timestamp left, Duration right, out Timestamp result) => left.TryAdd(-(Int128)right.Nanos, out result);

    [RuleFunction("-", CallStyle.Operator)]
    public static bool TrySubtract(Timestamp left, Timestamp right, out Duration result) => Duration.TryFrom(left.Nanos - right.Nanos, out result);

    [RuleFunction("getHours", CallStyle.Method)]
    public static long Hours(Duration value) => value.Nanos / (3_600 * Duration.NanosPerSecond);

    [RuleFunction("getMinutes", CallStyle.Method)]
    public static long Minutes(Duration value) => value.Nanos / (60 * Duration.NanosPerSecond);

    [RuleFunction("getSeconds", CallStyle.Method)]
    public static long Seconds(Duration value) => value.Nanos / Duration.NanosPerSecond;

    /// <summary>Of the last second only, as CEL says: the others count the whole duration.</summary>
    [RuleFunction("getMilliseconds", CallStyle.Method)]
    public static long Milliseconds(Duration value) => value.Nanos % Duration.NanosPerSecond / 1_000_000;

    [RuleFunction("getFullYear", CallStyle.Method, cost: 20)]
    public static long FullYear(Timestamp value) => Utc(value).Year;

    [RuleFunction("getFullYear", CallStyle.Method, cost: 100)]
    public static bool TryFullYear(Timestamp value, string zone, out long result) => TryRead(value, zone, time => time.Year, out result);

    [RuleFunction("getMonth", CallStyle.Method, cost: 20)]
    public static long Month(Timestamp value) => Utc(value).Month - 1;

    [RuleFunction("getMonth", CallStyle.Method, cost: 100)]
    public static bool TryMonth(Timestamp value, string zone, out long result) => TryRead(value, zone, time => time.Month - 1, out result);

    [RuleFunction("getDate", CallStyle.Method, cost: 20)]
    public static long Date(Timestamp value) => Utc(value).Day;

    [RuleFunction("getDate", CallStyle.Method, cost: 100)]
    public static bool TryDate(Timestamp value, string zone, out long result) => TryRead(value, zone, time => time.Day, out result);

    [RuleFunction("getDayOfMonth", CallStyle.Method, cost: 20)]
    public static long DayOfMonth(Timestamp value) => Utc(value).Day - 1;

    [RuleFunction("getDayOfMonth", CallStyle.Method, cost: 100)]
    public static bool TryDayOfMonth(Timestamp value, string zone, out long result) => TryRead(value, zone, time => time.Day - 1, out result);

    [RuleFunction("getDayOfWeek", CallStyle.Method, cost: 20)]
    public static long DayOfWeek(Timestamp value) => Utc(value).DayOfWeek;

    [RuleFunction("getDayOfWeek", CallStyle.Method, cost: 100)]
    public static bool TryDayOfWeek(Timestamp value, string zone, out long result) => TryRead(value, zone, time => time.DayOfWeek, out result);

    [RuleFunction("getDayOfYear", CallStyle.Method, cost: 20)]
    public static long DayOfYear(Timestamp value) => Utc(value).DayOfYear - 1;

    [RuleFunction("getDayOfYear", CallStyle.Method, cost: 100)]
    public static bool TryDayOfYear(Timestamp value, string zone, out long result) => TryRead(value, zone, time => time.DayOfYear - 1, out result);

    [RuleFunction("getHours", CallStyle.Method, cost: 20)]
    public static long Hours(Timestamp value) => Utc(value).Hour;

    [RuleFunction("getHours", CallStyle.Method, cost: 100)]
    public static bool TryHours(Timestamp value, string zone, out long result) => TryRead(value, zone, time => time.Hour, out result);

    [RuleFunction("getMinutes", CallStyle.Method, cost: 20)]
    public static long Minutes(Timestamp value) => Utc(value).Minute;

    [RuleFunction("getMinutes", CallStyle.Method, cost: 100)]
    public static bool TryMinutes(Timestamp value, string zone, out long result) => TryRead(value, zone, time => time.Minute, out result);

    [RuleFunction("getSeconds", CallStyle.Method, cost: 20)]
    public static long Seconds(Timestamp value) => Utc(value).Second;

    [RuleFunction("getSeconds", CallStyle.Method, cost: 100)]
    public static bool TrySeconds(Timestamp value, string zone, out long result) => TryRead(value, zone, time => time.Second, out result);

    [RuleFunction("getMilliseconds", CallStyle.Method, cost: 20)]
    public static long Milliseconds(Timestamp value) => value.NanosOfSecond / 1_000_000;

    [RuleFunction("getMilliseconds", CallStyle.Method, cost: 100)]
    public static bool TryMilliseconds(Timestamp value, string zone, out long result) =>
        TryRead(value, zone, _ => value.NanosOfSecond / 1_000_000, out result);

    private static CivilTime Utc(Timestamp value) => CivilTime.Of(value.Seconds);

    private static bool TryRead(Timestamp value, string zone, Func<CivilTime, long> part, out long result)
    {
        var known = TryOffset(zone, value, out var offsetSeconds);
        result = known ? part(CivilTime.Of(value.Seconds + offsetSeconds)) : 0;
        return known;
    }

    private static bool TryOffset(string zone, Timestamp at, out long offsetSeconds)
    {
        if (zone.Contains(':')) return TryFixedOffset(zone, out offsetSeconds);
        offsetSeconds = 0;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found)) return false;
        offsetSeconds = (long)found.GetUtcOffset(DateTime.UnixEpoch.AddSeconds(at.Seconds)).TotalSeconds;
        return true;
    }

    /// <summary><c>±HH:MM</c>; a missing sign is a plus.</summary>
    private static bool TryFixedOffset(string zone, out long offsetSeconds)
    {
        offsetSeconds = 0;
        var digits = zone.AsSpan(zone[0] is '+' or '-' ? 1 : 0);
        if (digits.Length != 5 || digits[2] != ':') return false;
        if (!int.TryParse(digits[..2], NumberStyles.None, CultureInfo.InvariantCulture, out var hours) || hours > 14) return false;
        if (!int.TryParse(digits[3..], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes) || minutes > 59) return false;
        offsetSeconds = ((hours * 60) + minutes) * (zone[0] == '-' ? -60 : 60);
        return true;
    }
}
