namespace PaymentGuard.Domain.Sca;

/// <summary>Why a payment does without strong customer authentication. The last two are no exemptions in the law's words: they lie outside its scope.</summary>
public enum ScaExemption
{
    TrustedPayee = 1,
    Recurring = 2,
    LowValue = 3,
    TransactionRisk = 4,
    MerchantInitiated = 5,
    OneLegOut = 6,
}

/// <summary>Why no exemption was used: of the one that came nearest, see <see cref="ScaJudge"/>.</summary>
public enum ScaReason
{
    /// <summary>The account's earlier payments, or the fraud rates, could not be read in time.</summary>
    FactsUnknown = 1,
    /// <summary>A trusted payee or a series was told, but not which payee.</summary>
    PayeeUnknown = 2,
    FirstOfSeries = 3,
    SeriesStartedWithoutSca = 4,
    SeriesTermsDiffer = 5,
    CountAboveLimit = 6,
    CumulativeAmountAboveLimit = 7,
    InstrumentUnknown = 8,
    /// <summary>The limits of low value and the bands have none for this instrument and currency.</summary>
    NoLimitsForCurrency = 9,
    /// <summary>Above the limit of low value, and there are no bands.</summary>
    AmountAboveLimit = 10,
    NoFraudRate = 11,
    FraudRateAboveAllBands = 12,
    AmountAboveBand = 13,
    /// <summary>Some signal was not known, or nobody looks for one of the findings.</summary>
    RiskAnalysisIncomplete = 14,
    RiskFound = 15,
}

/// <summary>Exactly one of the two is there: nothing is exempt without a name for it, and nothing is required without a reason.</summary>
public sealed record ScaVerdict
{
    private ScaVerdict(ScaExemption? exemption, ScaReason? reason) => (Exemption, Reason) = (exemption, reason);

    public ScaExemption? Exemption { get; }

    public ScaReason? Reason { get; }

    public bool IsRequired => Exemption is null;

    /// <summary>Whether the fraud rate counts the payment: it covers those authenticated and those exempt, not those outside the scope (RTS 2018/389 art. 19(1)).</summary>
    public bool IsInScope => Exemption is not (ScaExemption.MerchantInitiated or ScaExemption.OneLegOut);

    public static ScaVerdict Exempt(ScaExemption exemption) => new(exemption, null);

    public static ScaVerdict Required(ScaReason reason) => new(null, reason);
}
