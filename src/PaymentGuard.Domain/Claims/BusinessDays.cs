namespace PaymentGuard.Domain.Claims;

/// <summary>
/// One evaluation's view of a calendar: it is asked for only when a business day is needed, and whether it failed to cover one is remembered, so
/// that an answer of null that means "not known" differs from one that means "there is none". For one thread.
/// </summary>
/// <param name="calendar">Called at most once.</param>
public sealed class BusinessDays(Func<BusinessCalendar> calendar)
{
    private readonly Lazy<BusinessCalendar> calendar = new(calendar);

    /// <summary>Whether every day asked for so far was covered.</summary>
    public bool IsCovered { get; private set; } = true;

    /// <inheritdoc cref="BusinessCalendar.After"/>
    public DateOnly? After(DateOnly day, int count)
    {
        var found = calendar.Value.After(day, count);
        IsCovered &= found is not null;
        return found;
    }

    /// <summary>Null when the day is not covered.</summary>
    public bool? IsBusinessDay(DateOnly day)
    {
        var isOpen = calendar.Value.IsBusinessDay(day);
        IsCovered &= isOpen is not null;
        return isOpen;
    }
}
