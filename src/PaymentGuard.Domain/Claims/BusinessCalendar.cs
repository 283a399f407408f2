using System.Collections.Frozen;

namespace PaymentGuard.Domain.Claims;

/// <summary>
/// Which days are business days. A day is one if it is among the working days, or if it is neither of the weekend nor closed. Outside the days that
/// the calendar covers nothing is known, and nothing is guessed.
/// </summary>
public sealed class BusinessCalendar
{
    private readonly FrozenSet<DateOnly> closed, workdays;
    private readonly FrozenSet<DayOfWeek> weekend;

    /// <param name="id">Such as <c>cn</c>.</param>
    /// <param name="version">Changes with every change of a day; a running clock keeps the version it was started with.</param>
    /// <param name="from">The first day covered.</param>
    /// <param name="to">The last day covered.</param>
    /// <param name="weekend">May be empty.</param>
    /// <param name="closed">Holidays; those on a weekend change nothing.</param>
    /// <param name="workdays">Days worked although they are of a weekend, or closed.</param>
    public BusinessCalendar(
        string id, string version, DateOnly from, DateOnly to, IEnumerable<DayOfWeek> weekend, IEnumerable<DateOnly> closed, IEnumerable<DateOnly> workdays)
    {
        (Id, Version, From, To) = (id, version, from, to);
        (this.weekend, this.closed, this.workdays) = (weekend.ToFrozenSet(), closed.ToFrozenSet(), workdays.ToFrozenSet());
    }

    public string Id { get; }

    public string Version { get; }

    public DateOnly From { get; }

    public DateOnly To { get; }

    /// <summary>Null when the day is not covered.</summary>
    public bool? IsBusinessDay(DateOnly day) =>
        day < From || day > To ? null : workdays.Contains(day) || (!weekend.Contains(day.DayOfWeek) && !closed.Contains(day));

    /// <summary>The same for an institution that is open on Saturdays. A Saturday that is a holiday stays closed.</summary>
    public BusinessCalendar WithSaturdays() => new(Id, Version, From, To, weekend.Where(day => day != DayOfWeek.Saturday), closed, workdays);

    /// <summary>The business day with that number after a day, which is day zero and need not be a business day itself.</summary>
    /// <param name="count">1 or more.</param>
    /// <returns>Null when a day on the way is not covered.</returns>
    public DateOnly? After(DateOnly day, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        while (count > 0)
        {
            if (day == DateOnly.MaxValue) return null;
            day = day.AddDays(1);
            if (IsBusinessDay(day) is not { } isOpen) return null;
            if (isOpen) count--;
        }
        return day;
    }
}
