using System.Collections.Immutable;

namespace PaymentGuard.Domain.Claims;

/// <summary>Reserve Bank of India, circular of 2017-07-06 on limiting the liability of customers.</summary>
/// <param name="ZeroWorkingDays">A third party's breach reported up to that day costs the customer nothing.</param>
/// <param name="LimitedWorkingDays">Up to that day at most the limit of the account; later the bank's own policy decides.</param>
/// <param name="CreditWorkingDays">From the report to the shadow credit.</param>
/// <param name="Limits">By class of account.</param>
public sealed record RbiPolicy(int ZeroWorkingDays, int LimitedWorkingDays, int CreditWorkingDays, ImmutableDictionary<string, LimitByCurrency> Limits)
{
    /// <param name="accountClass">One of <see cref="Limits"/>.</param>
    /// <returns>What the customer bears; null when the bank's own policy decides.</returns>
    public long? CustomerMinor(RbiCause cause, string accountClass, string currency, int workingDaysToReport, long amountMinor) => cause switch
    {
        RbiCause.BankDeficiency => 0,
        RbiCause.CustomerNegligence => amountMinor,
        RbiCause.ThirdPartyBreach when workingDaysToReport <= ZeroWorkingDays => 0,
        RbiCause.ThirdPartyBreach when workingDaysToReport <= LimitedWorkingDays => Math.Min(amountMinor, Limits[accountClass].In(currency)),
        RbiCause.ThirdPartyBreach => null,
    };
}

public enum RbiCause { ThirdPartyBreach, BankDeficiency, CustomerNegligence }
