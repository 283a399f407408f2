namespace PaymentGuard.Domain.Rules.Language;

/// <summary>Date and time of day on a clock; also just outside the years that <see cref="DateTime"/> knows, where a time zone may lead.</summary>
internal readonly record struct CivilTime(int Year, int Month, int Day, int DayOfYear, int DayOfWeek, int Hour, int Minute, int Second)
{
    private const long DaySeconds = 86_400;
    // Days from 0000-03-01 to 1970-01-01, and in 400 years of the Gregorian calendar: years that begin in March end with the leap day.
    private const long EpochDays = 719_468;
    private const long CycleDays = 146_097;

    /// <param name="seconds">Since 1970 on that clock.</param>
    public static CivilTime Of(long seconds)
    {
        var days = Math.DivRem(seconds, DaySeconds, out var ofDay);
        if (ofDay < 0) (days, ofDay) = (days - 1, ofDay + DaySeconds);
        var (year, month, day) = Date(days);
        return new CivilTime(
            year, month, day, DaysBefore(year, month) + day, (int)((((days + 4) % 7) + 7) % 7), (int)(ofDay / 3_600), (int)(ofDay / 60 % 60), (int)(ofDay % 60));
    }

    private static int DaysBefore(int year, int month)
    {
        var isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        return (((367 * month) - 362) / 12) - (month <= 2 ? 0 : isLeap ? 1 : 2);
    }

    private static (int Year, int Month, int Day) Date(long days)
    {
        days += EpochDays;
        var cycle = days >= 0 ? days / CycleDays : (days - CycleDays + 1) / CycleDays;
        var ofCycle = days - (cycle * CycleDays);
        var yearOfCycle = (ofCycle - (ofCycle / 1_460) + (ofCycle / 36_524) - (ofCycle / 146_096)) / 365;
        var ofYear = ofCycle - ((365 * yearOfCycle) + (yearOfCycle / 4) - (yearOfCycle / 100));
        var fromMarch = ((5 * ofYear) + 2) / 153;
        var day = (int)(ofYear - (((153 * fromMarch) + 2) / 5) + 1);
        var month = (int)(fromMarch < 10 ? fromMarch + 3 : fromMarch - 9);
        return ((int)(yearOfCycle + (cycle * 400)) + (month <= 2 ? 1 : 0), month, day);
    }
}
