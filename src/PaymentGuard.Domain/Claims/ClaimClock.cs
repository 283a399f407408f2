namespace PaymentGuard.Domain.Claims;

/// <summary>A time in which a clock stands, because the buyer was asked something.</summary>
/// <param name="To">When the answer came; null while it is awaited.</param>
/// <param name="RequestId">The question that was sent. Null: nobody was asked, and the pause does not count.</param>
public sealed record ClockPause(DateTimeOffset From, DateTimeOffset? To, string? RequestId);

/// <summary>When something is due, in a time zone. Hours are elapsed time, whatever the wall shows; business days are those of a calendar, and end at midnight.</summary>
public static class ClaimClock
{
    /// <summary>The day of an instant in the zone, whatever offset it was written with.</summary>
    public static DateOnly DayOf(DateTimeOffset at, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);

    /// <summary>Each pause moves the due time by its length. One that begins when the clock has run out moves nothing, overlapping ones count once.</summary>
    /// <param name="stopAt">The due time is never later; null: no such limit.</param>
    /// <returns>Null when a pause is still open and nothing else stops the clock.</returns>
    public static DateTimeOffset? DueAfterHours(DateTimeOffset startedAt, int hours, IEnumerable<ClockPause> pauses, DateTimeOffset? stopAt)
    {
        DateTimeOffset? due = startedAt.AddHours(hours);
        var countedUntil = startedAt;
        foreach (var pause in InOrder(pauses))
        {
            if (pause.From >= due) break;
            if (pause.To is not { } end) due = null;
            else if (end > countedUntil) due += end - Later(pause.From, countedUntil);
            if (due is null) break;
            countedUntil = Later(countedUntil, pause.To!.Value);
        }
        return due is { } at && !(at > stopAt) ? at : stopAt;
    }

    /// <summary>The business days after the day of a pause's begin, up to and with the day of its end, do not count.</summary>
    /// <param name="stopOn">The due day is never later; null: no such limit.</param>
    /// <returns>Null when a day is not covered, or when a pause is still open and nothing else stops the clock.</returns>
    public static DateOnly? DueAfterBusinessDays(
        DateOnly startedOn, int count, IEnumerable<ClockPause> pauses, DateOnly? stopOn, TimeZoneInfo zone, BusinessDays days)
    {
        if (days.After(startedOn, count) is not { } due) return null;
        var countedUntil = startedOn;
        foreach (var pause in InOrder(pauses))
        {
            var from = Later(DayOf(pause.From, zone), countedUntil);
            if (DayOf(pause.From, zone) > due) break;
            if (pause.To is null) return stopOn;
            for (var (day, to) = (from, DayOf(pause.To.Value, zone)); day < to; countedUntil = day)
            {
                // Later than the stop it is due at the stop, however long the pause was.
                if (due >= stopOn) return stopOn;
                day = day.AddDays(1);
                if (days.IsBusinessDay(day) is not { } isOpen) return null;
                if (!isOpen) continue;
                if (days.After(due, 1) is not { } next) return null;
                due = next;
            }
        }
        return due > stopOn ? stopOn : due;
    }

    private static IEnumerable<ClockPause> InOrder(IEnumerable<ClockPause> pauses) => pauses.Where(pause => pause.RequestId is not null).OrderBy(pause => pause.From);

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static DateOnly Later(DateOnly one, DateOnly other) => one > other ? one : other;
}
