using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Domain.Sca;

/// <summary>
/// Whether a payment needs strong customer authentication. Tried in this order: outside the scope; trusted payee (RTS 2018/389 art. 13), recurring (14),
/// low value (16), transaction risk (18). The first that holds is the answer. When none does, the reason is of the first of these that applies: what
/// checkout asked for (trusted payee, series); low value, where only the counter stood against it; transaction risk.
/// </summary>
public static class ScaJudge
{
    private const string RegionEu = "EU", RegionUk = "UK";

    /// <param name="facts">As checkout told them.</param>
    public static ScaVerdict Judge(PaymentAttempt attempt, ScaFacts facts, ScaLimits limits, ScaKnowledge known)
    {
        if (facts.InitiatedBy == "merchant") return ScaVerdict.Exempt(ScaExemption.MerchantInitiated);
        if (IsOneLegOut(attempt, facts)) return ScaVerdict.Exempt(ScaExemption.OneLegOut);
        var payee = attempt.Merchant?.Id;
        if (facts.TrustedPayee == true && payee is not null) return ScaVerdict.Exempt(ScaExemption.TrustedPayee);
        if (known.Account is not { } account) return ScaVerdict.Required(ScaReason.FactsUnknown);
        ScaReason? first = facts.TrustedPayee == true ? ScaReason.PayeeUnknown : null;
        if (facts.SeriesId is not null)
        {
            if (WhyNotRecurring(attempt.Payment.Amount, payee, account.Series) is not { } reason) return ScaVerdict.Exempt(ScaExemption.Recurring);
            first ??= reason;
        }
        var (isLowValue, counterReason) = JudgeLowValue(attempt, facts, limits, account.Totals);
        if (isLowValue) return ScaVerdict.Exempt(ScaExemption.LowValue);
        if (WhyRisky(attempt, limits, known) is not { } risk) return ScaVerdict.Exempt(ScaExemption.TransactionRisk);
        return ScaVerdict.Required(first ?? counterReason ?? risk);
    }

    /// <summary>Null: checkout told neither an instrument nor a card, or an instrument without reference rates.</summary>
    public static PaymentInstrument? InstrumentOf(PaymentAttempt attempt) => attempt.Sca?.Instrument switch
    {
        "card" => PaymentInstrument.Card,
        "credit_transfer" => PaymentInstrument.CreditTransfer,
        null when attempt.Card is not null => PaymentInstrument.Card,
        _ => null,
    };

    /// <summary>The limits that a payment of low value is held against; null: there are none in its region and currency.</summary>
    public static LowValueLimits? LowValueLimitsOf(PaymentAttempt attempt, ScaFacts facts, ScaLimits limits) => PayerCountry(attempt, facts) switch
    {
        null => limits.LowValueOf(attempt.Payment.Amount.Currency),
        EuropeanArea.UnitedKingdom => limits.LowValueOf(RegionUk, attempt.Payment.Amount.Currency),
        _ => limits.LowValueOf(RegionEu, attempt.Payment.Amount.Currency),
    };

    private static bool IsOneLegOut(PaymentAttempt attempt, ScaFacts facts) =>
        EuropeanArea.IsOutside(PayerCountry(attempt, facts)) || EuropeanArea.IsOutside(facts.PayeeCountry ?? attempt.Merchant?.Country);

    private static string? PayerCountry(PaymentAttempt attempt, ScaFacts facts) => facts.PayerCountry ?? attempt.Card?.Country ?? attempt.Account.Country;

    /// <summary>Null: it is exempt.</summary>
    private static ScaReason? WhyNotRecurring(Money amount, string? payee, SeriesHistory history)
    {
        if (payee is null) return ScaReason.PayeeUnknown;
        var terms = new PaymentTerms(amount.Minor, amount.Currency, payee);
        var series = new RecurringSeries(history.Terms ?? terms, IsStartedWithSca: history.Terms is not null);
        return series.Judge(SeriesAction.Pay, isFirst: !history.HasPayments, terms) switch
        {
            RecurringOutcome.Exempt => null,
            RecurringOutcome.FirstOfSeries => ScaReason.FirstOfSeries,
            RecurringOutcome.TermsDiffer => ScaReason.SeriesTermsDiffer,
            RecurringOutcome.SeriesStartedWithoutSca or RecurringOutcome.SeriesIsChanged or RecurringOutcome.Undecided => ScaReason.SeriesStartedWithoutSca,
        };
    }

    private static (bool IsExempt, ScaReason? Counter) JudgeLowValue(PaymentAttempt attempt, ScaFacts facts, ScaLimits limits, LowValueTotals totals) =>
        LowValueLimitsOf(attempt, facts, limits)?.Judge(attempt.Payment.Amount.Minor, totals, limits.Counter) switch
        {
            LowValueOutcome.Exempt => (true, null),
            LowValueOutcome.CountAboveLimit => (false, ScaReason.CountAboveLimit),
            LowValueOutcome.CumulativeAmountAboveLimit => (false, ScaReason.CumulativeAmountAboveLimit),
            null or LowValueOutcome.AmountAboveLimit or LowValueOutcome.Undecided => (false, null),
        };

    /// <summary>Null: the risk is known to be low.</summary>
    private static ScaReason? WhyRisky(PaymentAttempt attempt, ScaLimits limits, ScaKnowledge known)
    {
        var amount = attempt.Payment.Amount;
        if (InstrumentOf(attempt) is not { } instrument) return ScaReason.InstrumentUnknown;
        if (limits.TraOf(instrument, amount.Currency) is not { } bands)
            return limits.LowValueOf(amount.Currency) is null ? ScaReason.NoLimitsForCurrency : ScaReason.AmountAboveLimit;
        if (known.Rates is null) return ScaReason.FactsUnknown;
        return bands.Judge(amount.Minor, known.Rates, known.LastQuarter, known.Findings ?? []) switch
        {
            TraOutcome.Exempt => known.Findings is null ? ScaReason.RiskAnalysisIncomplete : null,
            TraOutcome.NoFraudRate => ScaReason.NoFraudRate,
            TraOutcome.FraudRateAboveAllBands => ScaReason.FraudRateAboveAllBands,
            TraOutcome.AmountAboveThreshold => ScaReason.AmountAboveBand,
            TraOutcome.RiskFound or TraOutcome.Undecided => ScaReason.RiskFound,
        };
    }
}
