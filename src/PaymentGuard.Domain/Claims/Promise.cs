namespace PaymentGuard.Domain.Claims;

/// <summary>What the platform promises to every buyer, whatever the law says.</summary>
/// <param name="FirstResponseHours">From filing, elapsed.</param>
/// <param name="FeedbackHours">From filing, elapsed.</param>
/// <param name="RefundBusinessDays">From approval.</param>
public sealed record Promise(int FirstResponseHours, int FeedbackHours, int RefundBusinessDays)
{
    /// <param name="approvedAt">Null: not approved yet, and nothing that counts from approval is due.</param>
    /// <param name="law">Null: no law sets a day.</param>
    public ClaimDueTimes DueTimes(DateTimeOffset filedAt, DateTimeOffset? approvedAt, RefundClock? law, TimeZoneInfo zone, BusinessDays days)
    {
        var byPolicy = DayAfter(approvedAt, RefundBusinessDays, zone, days);
        var byLaw = law is null ? null : DayAfter(law.From == RefundTrigger.Filed ? filedAt : approvedAt, law.BusinessDays, zone, days);
        var (response, feedback) = (filedAt.AddHours(FirstResponseHours), filedAt.AddHours(FeedbackHours));
        // Of two days one of which is unknown, none is known to be the earlier one.
        if (!days.IsCovered || (byPolicy ?? byLaw) is null) return new ClaimDueTimes(response, feedback, null, byPolicy, byLaw, null);
        return byPolicy is null || byLaw < byPolicy
            ? new ClaimDueTimes(response, feedback, byLaw, byPolicy, byLaw, RefundSource.Law)
            : new ClaimDueTimes(response, feedback, byPolicy, byPolicy, byLaw, RefundSource.Policy);
    }

    private static DateOnly? DayAfter(DateTimeOffset? at, int businessDays, TimeZoneInfo zone, BusinessDays days) =>
        at is { } start ? days.After(ClaimClock.DayOf(start, zone), businessDays) : null;
}

public enum RefundTrigger { Filed, Approved }

/// <summary>A rule of law by which money has to be back.</summary>
public sealed record RefundClock(RefundTrigger From, int BusinessDays);

public enum RefundSource { Policy, Law }

/// <param name="RefundDueOn">The earlier of the two days. Null: neither is set, or one is not covered by the calendar.</param>
/// <param name="Governs">Law only where its day is earlier. Null as <paramref name="RefundDueOn"/>.</param>
public sealed record ClaimDueTimes(
    DateTimeOffset FirstResponseDueAt, DateTimeOffset FeedbackDueAt, DateOnly? RefundDueOn, DateOnly? PolicyDueOn, DateOnly? LawDueOn, RefundSource? Governs);
