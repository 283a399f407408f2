namespace PaymentGuard.Domain.Sca;

/// <summary>What a provider counts since the last strong authentication: one of the two, never both (EBA Q&amp;A 2018_4225).</summary>
public enum LowValueCounter
{
    Amount = 1,
    Count = 2,
}

/// <summary>Whether a payment is exempt as one of low value, and if not, which limit it meets first.</summary>
public enum LowValueOutcome
{
    Undecided = 0,
    Exempt = 1,
    AmountAboveLimit = 2,
    CumulativeAmountAboveLimit = 3,
    CountAboveLimit = 4,
}

/// <summary>The remote payments that were executed since the payer's last strong authentication; those at a till and those declined are not among them.</summary>
/// <param name="Count">0 or more.</param>
/// <param name="SumMinor">Minor units of the limits' currency, 0 or more.</param>
public readonly record struct LowValueTotals(int Count, long SumMinor)
{
    /// <exception cref="OverflowException">The sum has more than 63 bits.</exception>
    public LowValueTotals With(long amountMinor) => checked(new LowValueTotals(Count + 1, SumMinor + amountMinor));

    /// <summary>After a decision: an exempt payment is counted; an authenticated one sets the counter back to nothing; one whose authentication failed was not made.</summary>
    public LowValueTotals After(LowValueOutcome outcome, long amountMinor, bool isAuthenticated) =>
        outcome == LowValueOutcome.Exempt ? With(amountMinor) : isAuthenticated ? default : this;
}

/// <summary>The exemption of remote payments of low value (RTS 2018/389 art. 16).</summary>
/// <param name="Region">Whose law it is: EU, UK.</param>
/// <param name="Currency">Of the limits and of the payments that they hold for.</param>
/// <param name="AmountMinorMax">Largest amount of the payment itself.</param>
/// <param name="CumulativeMinorMax">Largest sum of the previous payments.</param>
/// <param name="CountMax">Largest number of previous payments: at 5, the sixth may still be exempt.</param>
public sealed record LowValueLimits(string Region, string Currency, long AmountMinorMax, long CumulativeMinorMax, int CountMax)
{
    /// <summary>By the wording of art. 16(b) and (c) previous payments count, the present one does not. The first limit that is passed is the answer.</summary>
    public LowValueOutcome Judge(long amountMinor, LowValueTotals previous, LowValueCounter counter)
    {
        if (amountMinor > AmountMinorMax) return LowValueOutcome.AmountAboveLimit;
        return counter switch
        {
            LowValueCounter.Amount when previous.SumMinor > CumulativeMinorMax => LowValueOutcome.CumulativeAmountAboveLimit,
            LowValueCounter.Count when previous.Count > CountMax => LowValueOutcome.CountAboveLimit,
            LowValueCounter.Amount or LowValueCounter.Count => LowValueOutcome.Exempt,
        };
    }
}
