namespace PaymentGuard.Domain.Sca;

/// <summary>What an authentication code is bound to.</summary>
public enum PaymentTerm
{
    Amount = 1,
    Currency = 2,
    Payee = 3,
}

/// <summary>
/// What the payer agreed to: dynamic linking (RTS 2018/389 art. 5(1)). The code is accepted for these terms and no others; any change makes it invalid.
/// </summary>
/// <param name="AmountMinor">Minor units of <paramref name="Currency"/>.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="PayeeId">Compared character by character.</param>
public sealed record PaymentTerms(long AmountMinor, string Currency, string PayeeId)
{
    /// <summary>What differs in the payment that is executed, in the order of <see cref="PaymentTerm"/>; empty: the code holds for it.</summary>
    public IEnumerable<PaymentTerm> ChangedIn(PaymentTerms executed)
    {
        if (executed.AmountMinor != AmountMinor) yield return PaymentTerm.Amount;
        if (executed.Currency != Currency) yield return PaymentTerm.Currency;
        if (executed.PayeeId != PayeeId) yield return PaymentTerm.Payee;
    }
}
