using System.Collections.Immutable;

namespace PaymentGuard.Domain.Claims;

/// <summary>The numbers of all claim rules, as <c>rules/claims/*.yaml</c> have them. A currency that a rule has no amount for is refused, never converted.</summary>
/// <param name="RefundClocks">By the name of the rule of law, such as <c>EU.PSD2.73.1</c>; null where the law sets no day.</param>
public sealed record ClaimPolicies(
    Promise Promise, Psd2Policy Psd2, UkAppPolicy UkApp, ComplaintPolicy Complaints, RegEPolicy RegE, RbiPolicy Rbi, VisaPolicy Visa,
    ImmutableDictionary<string, RefundClock?> RefundClocks);

/// <summary>An amount that a rule names in some currencies only.</summary>
public sealed record LimitByCurrency(ImmutableDictionary<string, long> Minor)
{
    /// <exception cref="NoLimitException">The rule has none in that currency.</exception>
    public long In(string currency) => Minor.TryGetValue(currency, out var minor) ? minor : throw new NoLimitException(currency);
}

/// <summary>A rule has no amount in the currency of a claim: nothing is converted, so nothing is decided.</summary>
public sealed class NoLimitException(string currency) : Exception($"The rule has no amount in {currency}.")
{
    public string Currency => currency;
}
