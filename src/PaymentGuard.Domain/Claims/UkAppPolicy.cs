using System.Collections.Immutable;

namespace PaymentGuard.Domain.Claims;

/// <summary>Reimbursement of authorised push payment fraud in the United Kingdom (PSR, Specific Requirement 1).</summary>
/// <param name="ReimbursementMax">Per claim.</param>
/// <param name="ExcessMax">What the sending provider may keep back, never of a vulnerable victim.</param>
/// <param name="ReportMonths">From the last payment.</param>
/// <param name="RefundBusinessDays">From the report.</param>
/// <param name="StopBusinessDays">From the report, whatever was asked meanwhile.</param>
/// <param name="NotForVulnerable">Exclusions that do not hold against a vulnerable victim, such as <c>standard-of-caution</c>.</param>
public sealed record UkAppPolicy(
    LimitByCurrency ReimbursementMax, LimitByCurrency ExcessMax, int ReportMonths, int RefundBusinessDays, int StopBusinessDays, ImmutableHashSet<string> NotForVulnerable)
{
    public UkAppOutcome Judge(UkAppClaim claim, TimeZoneInfo zone, BusinessDays days)
    {
        if (ReasonToRefuse(claim, zone) is { } code) return new UkAppOutcome(code, 0, 0, 0, null, null, null);
        var (compensation, receiving) = Amounts(claim);
        var reportedOn = ClaimClock.DayOf(claim.ReportedAt, zone);
        var stopOn = days.After(reportedOn, StopBusinessDays);
        var dueOn = ClaimClock.DueAfterBusinessDays(reportedOn, RefundBusinessDays, claim.InfoRequested is { } pause ? [pause] : [], stopOn, zone, days);
        return new UkAppOutcome(null, compensation, compensation - receiving, receiving, dueOn, stopOn, RepatriationOf(claim.RepatriatedMinor, compensation, receiving));
    }

    /// <summary>First whether the scheme applies at all, then what was found about the claim.</summary>
    private string? ReasonToRefuse(UkAppClaim claim, TimeZoneInfo zone)
    {
        if (claim.SamePsp) return "not_in_scheme_same_psp";
        if (ClaimClock.DayOf(claim.ReportedAt, zone) > ClaimClock.DayOf(claim.LastPaymentAt, zone).AddMonths(ReportMonths)) return "reported_too_late";
        return claim.Exclusion is { } exclusion && !(claim.Vulnerable && NotForVulnerable.Contains(exclusion)) ? exclusion.Replace('-', '_') : null;
    }

    /// <summary>
    /// Half is the receiving provider's, of what is left when the whole excess is taken off: it may deduct half of the largest excess also where the
    /// sending provider chose a smaller one (SR1 para 5.13). With a vulnerable victim there is no such choice. The odd penny is the sending provider's.
    /// </summary>
    private (long CompensationMinor, long ReceivingMinor) Amounts(UkAppClaim claim)
    {
        var (amount, excessMax) = (Math.Min(claim.AmountMinor, ReimbursementMax.In(claim.Currency)), ExcessMax.In(claim.Currency));
        return claim.Vulnerable ? (amount, amount / 2)
            : (Math.Max(0, amount - Math.Min(claim.ExcessMinor, excessMax)), Math.Max(0, amount - excessMax) / 2);
    }

    /// <summary>What comes back is shared as the reimbursement was (PS23/4 para 5.42); what is more than it, is the buyer's. Null: nothing came back.</summary>
    private static Repatriation? RepatriationOf(long minor, long compensationMinor, long receivingMinor)
    {
        if (minor == 0) return null;
        var shared = Math.Min(minor, compensationMinor);
        var toReceiving = compensationMinor == 0 ? 0 : (long)((Int128)shared * receivingMinor / compensationMinor);
        return new Repatriation(toReceiving, shared - toReceiving, minor - shared);
    }
}

/// <param name="ExcessMinor">What the sending provider would keep back.</param>
/// <param name="Exclusion">What was found that excludes the claim, such as <c>civil-dispute</c>; null: nothing.</param>
/// <param name="InfoRequested">Null: nothing was asked.</param>
/// <param name="RepatriatedMinor">What came back after the reimbursement, at most the amount.</param>
public sealed record UkAppClaim(
    string Currency, long AmountMinor, DateTimeOffset LastPaymentAt, DateTimeOffset ReportedAt, bool Vulnerable, long ExcessMinor, bool SamePsp, string? Exclusion,
    ClockPause? InfoRequested, long RepatriatedMinor);

public sealed record Repatriation(long ToReceivingMinor, long ToSendingMinor, long ToBuyerMinor);

/// <param name="Code">Why nothing is reimbursed; null: it is.</param>
/// <param name="ReceivingMinor">The least that the receiving provider may pay.</param>
/// <param name="DueOn">Null when nothing is due, or the calendar does not cover it; likewise <paramref name="StopOn"/>.</param>
public sealed record UkAppOutcome(
    string? Code, long CompensationMinor, long SendingMinor, long ReceivingMinor, DateOnly? DueOn, DateOnly? StopOn, Repatriation? Repatriation);
