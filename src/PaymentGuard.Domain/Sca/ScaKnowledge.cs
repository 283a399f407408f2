namespace PaymentGuard.Domain.Sca;

/// <summary>The earlier payments of a series, of one account.</summary>
/// <param name="HasPayments">Whether there is any, whatever became of it.</param>
/// <param name="Terms">Of the latest one that was strongly authenticated and paid; null: none.</param>
public sealed record SeriesHistory(bool HasPayments, PaymentTerms? Terms)
{
    public static readonly SeriesHistory None = new(false, null);
}

/// <summary>What the account did before.</summary>
/// <param name="Totals">Since the last strong authentication; the sum in the payment's currency.</param>
/// <param name="Series">Of the series that the payment names.</param>
public sealed record AccountHistory(LowValueTotals Totals, SeriesHistory Series);

/// <summary>What is known when a payment is judged. Null is unknown, and never exempts.</summary>
/// <param name="Account">What the account did before.</param>
/// <param name="Rates">The fraud rates of the instrument's quarters that are over; none for a quarter without payments.</param>
/// <param name="LastQuarter">The last quarter that is over: the one in force.</param>
/// <param name="Findings">What speaks against a low risk; null: not all that could was looked for.</param>
public sealed record ScaKnowledge(
    AccountHistory? Account, IReadOnlyCollection<QuarterRate>? Rates, Quarter LastQuarter, IReadOnlyCollection<RiskFinding>? Findings);
