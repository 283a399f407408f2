using System.Collections.Immutable;

namespace PaymentGuard.Domain.Claims;

/// <summary>Unauthorised payments by PSD2 (Directive (EU) 2015/2366 art. 71, 73, 74) and the United Kingdom's PSRs 2017 (reg. 74, 76, 77).</summary>
/// <param name="RefundBusinessDays">Art. 73(1): "by the end of the following business day".</param>
/// <param name="NotifyMonths">Art. 71(1), from the debit; a month that has no such day ends with its last.</param>
/// <param name="PayerMax">Art. 74(1), by jurisdiction.</param>
public sealed record Psd2Policy(int RefundBusinessDays, int NotifyMonths, ImmutableDictionary<string, LimitByCurrency> PayerMax)
{
    public Psd2Outcome Judge(Psd2Claim claim, TimeZoneInfo zone, BusinessDays days)
    {
        var notifiedOn = ClaimClock.DayOf(claim.NotifiedAt, zone);
        var inTime = claim.Payments.Where(payment => notifiedOn <= ClaimClock.DayOf(payment.DebitedAt, zone).AddMonths(NotifyMonths)).ToList();
        var (total, refundable) = (SumOf(claim.Payments), SumOf(inTime));
        if (inTime.Count == 0 && claim.Payments.Count > 0) return new Psd2Outcome(false, "reported_too_late", total, 0, null, Psd2Hold.None, 0);
        var dueOn = days.After(notifiedOn, RefundBusinessDays);
        if (HoldOf(claim, dueOn, zone) is not { } hold) return new Psd2Outcome(null, null, null, null, null, null, 0);
        if (hold == Psd2Hold.Allowed) return new Psd2Outcome(null, null, null, null, null, hold, 0);
        var (borne, recourse) = PayersPart(claim, SumOf(inTime.Where(payment => payment.DebitedAt < claim.NotifiedAt)));
        return new Psd2Outcome(true, null, total - refundable + borne, refundable - borne, dueOn, hold, recourse);
    }

    private static long SumOf(IEnumerable<Psd2Payment> payments) => payments.Aggregate(0L, (sum, payment) => checked(sum + payment.AmountMinor));

    /// <summary>Art. 73(1): a refund is withheld only if the suspicion was sent to the authority, in writing, before the refund is due. Null: that day is not covered.</summary>
    private static Psd2Hold? HoldOf(Psd2Claim claim, DateOnly? dueOn, TimeZoneInfo zone)
    {
        if (!claim.PayerFraudSuspected) return Psd2Hold.None;
        if (claim.AuthorityReportedAt is not { } reportedAt || claim.AuthorityReference is null) return Psd2Hold.Refused;
        return dueOn is null ? null : ClaimClock.DayOf(reportedAt, zone) <= dueOn ? Psd2Hold.Allowed : Psd2Hold.Refused;
    }

    /// <summary>What the payer bears now of what was taken before the notification, and what may be argued about once it is refunded.</summary>
    private (long BorneMinor, long RecourseMinor) PayersPart(Psd2Claim claim, long beforeMinor)
    {
        // Art. 74(2), and 74(1)(b): then nothing is the payer's, but for fraud.
        if (!claim.ScaApplied || claim.CausedByProvider) return (0, 0);
        var capped = claim is { InstrumentLostOrStolen: true, DetectableBeforePayment: true }
            ? Math.Min(beforeMinor, PayerMax[claim.Jurisdiction].In(claim.Currency)) : 0;
        if (!claim.GrossNegligenceAlleged) return (capped, 0);
        // Gross negligence has no cap (EBA Q&A 2021_6305), but an allegation holds back no refund where the policy pays first (C-70/25, opinion).
        return claim.PolicyRefundFirst ? (capped, beforeMinor - capped) : (beforeMinor, 0);
    }
}

/// <param name="Jurisdiction">One that the policy knows.</param>
/// <param name="InstrumentLostOrStolen">Or misappropriated.</param>
/// <param name="CausedByProvider">By its staff, agents or those it outsourced to.</param>
/// <param name="AuthorityReference">Null: no report can be shown.</param>
public sealed record Psd2Claim(
    string Jurisdiction, string Currency, IReadOnlyList<Psd2Payment> Payments, DateTimeOffset NotifiedAt, bool ScaApplied, bool InstrumentLostOrStolen,
    bool DetectableBeforePayment, bool CausedByProvider, bool GrossNegligenceAlleged, bool PayerFraudSuspected, DateTimeOffset? AuthorityReportedAt,
    string? AuthorityReference, bool PolicyRefundFirst);

public sealed record Psd2Payment(DateTimeOffset DebitedAt, long AmountMinor);

public enum Psd2Hold { None, Allowed, Refused }

/// <param name="Eligible">Null while nothing is decided: a hold is allowed, or the calendar does not tell.</param>
/// <param name="Code">Why not; null otherwise.</param>
/// <param name="Hold">Null when the calendar does not tell.</param>
public sealed record Psd2Outcome(
    bool? Eligible, string? Code, long? BuyerLiabilityMinor, long? CompensationMinor, DateOnly? DueOn, Psd2Hold? Hold, long RecourseMinor);
