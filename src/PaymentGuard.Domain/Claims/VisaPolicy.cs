using System.Collections.Immutable;

namespace PaymentGuard.Domain.Claims;

/// <summary>Rules of the Visa network: zero liability of cardholders, dispute 10.4, liability shift, compelling evidence 3.0.</summary>
/// <param name="RefundBusinessDays">Zero liability, from the notice.</param>
/// <param name="DisputeDays">Calendar days from processing.</param>
/// <param name="IssuerEcis">Indicators with which an authenticated payment is the issuer's.</param>
public sealed record VisaPolicy(int RefundBusinessDays, int DisputeDays, ImmutableHashSet<string> IssuerEcis, CompellingEvidence Evidence)
{
    /// <summary>Says who bears the loss, never whether the buyer is paid.</summary>
    public bool IsBorneByIssuer(string eci, bool isAuthenticated) => isAuthenticated && IssuerEcis.Contains(eci);
}

/// <summary>Earlier undisputed payments that speak for a friendly fraud.</summary>
/// <param name="PaymentsMin">How many payments have to match.</param>
/// <param name="AgeDaysMin">Days before the dispute, both ends included.</param>
/// <param name="MatchesMin">Elements of one payment that match, one of them the address or the device.</param>
public sealed record CompellingEvidence(int PaymentsMin, int AgeDaysMin, int AgeDaysMax, int MatchesMin)
{
    public bool Qualifies(DateOnly disputedOn, IEnumerable<PriorPayment> payments) => payments.Count(payment => Counts(disputedOn, payment)) >= PaymentsMin;

    private bool Counts(DateOnly disputedOn, PriorPayment payment) =>
        !payment.Disputed && payment.SameCredential
        && disputedOn.DayNumber - payment.SettledOn.DayNumber is var age && age >= AgeDaysMin && age <= AgeDaysMax
        && payment.Matches.Distinct().Count() >= MatchesMin && payment.Matches.Any(match => match is EvidenceMatch.Ip or EvidenceMatch.Device);
}

public enum EvidenceMatch { Ip, Device, Shipping, User }

public sealed record PriorPayment(DateOnly SettledOn, bool Disputed, bool SameCredential, IReadOnlyList<EvidenceMatch> Matches);
