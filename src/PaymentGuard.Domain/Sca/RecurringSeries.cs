namespace PaymentGuard.Domain.Sca;

/// <summary>What the payer does with a series of payments.</summary>
public enum SeriesAction
{
    CreateSeries = 1,
    AmendSeries = 2,
    Pay = 3,
}

/// <summary>Whether a payment of a series is exempt, and if not, what stood against it first.</summary>
public enum RecurringOutcome
{
    Undecided = 0,
    Exempt = 1,
    SeriesIsChanged = 2,
    FirstOfSeries = 3,
    SeriesStartedWithoutSca = 4,
    TermsDiffer = 5,
}

/// <summary>
/// Payments of one amount to one payee (RTS 2018/389 art. 14). Making or changing the series and its first payment need strong authentication;
/// each later one is exempt as long as amount, currency and payee are those of the series.
/// </summary>
public sealed record RecurringSeries(PaymentTerms Terms, bool IsStartedWithSca)
{
    public RecurringOutcome Judge(SeriesAction action, bool isFirst, PaymentTerms payment)
    {
        if (action != SeriesAction.Pay) return RecurringOutcome.SeriesIsChanged;
        if (isFirst) return RecurringOutcome.FirstOfSeries;
        if (!IsStartedWithSca) return RecurringOutcome.SeriesStartedWithoutSca;
        return payment == Terms ? RecurringOutcome.Exempt : RecurringOutcome.TermsDiffer;
    }
}
