using System.Collections.Immutable;

namespace PaymentGuard.Domain.Claims;

/// <summary>Regulation E, § 1005.11(c): by when an alleged error is decided, credited provisionally, corrected and reported.</summary>
/// <param name="NewAccountDays">A transfer up to that many days after the first deposit is on a new account.</param>
/// <param name="LongKinds">Kinds of transfers that have the long final term, such as <c>pos-debit</c>.</param>
public sealed record RegEClockPolicy(
    int DecideBusinessDays, int DecideBusinessDaysNewAccount, int NewAccountDays, int FinalDays, int FinalDaysLong, int ConfirmationBusinessDays,
    int CreditNoticeBusinessDays, int CorrectionBusinessDays, int ReportBusinessDays, ImmutableHashSet<string> LongKinds)
{
    public RegEDueDays DueDays(RegEError error, TimeZoneInfo zone, BusinessDays days)
    {
        var noticeOn = ClaimClock.DayOf(error.NoticeAt, zone);
        var isNewAccount = error.FirstDepositAt is { } deposit
            && ClaimClock.DayOf(error.TransferAt, zone) <= ClaimClock.DayOf(deposit, zone).AddDays(NewAccountDays);
        var isCreditOwed = IsCreditOwed(error, noticeOn, zone, days);
        return new RegEDueDays(
            isCreditOwed == true ? days.After(noticeOn, isNewAccount ? DecideBusinessDaysNewAccount : DecideBusinessDays) : null,
            noticeOn.AddDays(isNewAccount || LongKinds.Contains(error.TransferKind) ? FinalDaysLong : FinalDays),
            isCreditOwed,
            After(error.ProvisionallyCreditedAt, CreditNoticeBusinessDays),
            After(error.ErrorDeterminedAt, CorrectionBusinessDays),
            After(error.InvestigationCompletedAt, ReportBusinessDays));

        DateOnly? After(DateTimeOffset? at, int count) => at is { } start ? days.After(ClaimClock.DayOf(start, zone), count) : null;
    }

    /// <summary>Credit may be withheld only while a written confirmation of an oral notice that was demanded is missing (§ 1005.11(c)(2)(i)(A)). Null: not covered.</summary>
    private bool? IsCreditOwed(RegEError error, DateOnly noticeOn, TimeZoneInfo zone, BusinessDays days)
    {
        if (!error.IsOral || !error.ConfirmationDemanded) return true;
        if (error.ConfirmedAt is not { } confirmedAt) return false;
        return days.After(noticeOn, ConfirmationBusinessDays) is { } lastDay ? ClaimClock.DayOf(confirmedAt, zone) <= lastDay : null;
    }
}

/// <param name="FirstDepositAt">Null: the account is an old one.</param>
public sealed record RegEError(
    DateTimeOffset NoticeAt, bool IsOral, bool ConfirmationDemanded, DateTimeOffset? ConfirmedAt, DateTimeOffset? FirstDepositAt, DateTimeOffset TransferAt,
    string TransferKind, DateTimeOffset? ProvisionallyCreditedAt, DateTimeOffset? ErrorDeterminedAt, DateTimeOffset? InvestigationCompletedAt);

/// <param name="DueOn">Decide or credit; null when no credit is owed, or not covered by the calendar.</param>
/// <param name="CreditOwed">Null when the calendar does not cover it.</param>
public sealed record RegEDueDays(
    DateOnly? DueOn, DateOnly FinalDueOn, bool? CreditOwed, DateOnly? CreditNoticeDueOn, DateOnly? CorrectionDueOn, DateOnly? ReportDueOn);
