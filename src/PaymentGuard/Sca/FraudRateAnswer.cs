using System.Text.Json.Serialization;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Sca;

/// <summary>The fraud rate of a quarter (UTC): the value of fraud as a share of the value of all executed payments of an instrument.</summary>
/// <param name="IsOver">False: the quarter still runs, and its rate is in force for nothing yet.</param>
/// <param name="Currency">Of all totals.</param>
internal sealed record FraudRateAnswer(string Quarter, bool IsOver, string Currency, IReadOnlyList<FraudRateInstrument> Instruments);

/// <param name="Payments">Executed: approved, or its challenge redeemed, and not declined by the issuer.</param>
/// <param name="TotalMinor">Their value, fraud included, minor units, each at the rate of its day.</param>
/// <param name="Frauds">Those reported as fraud and not cleared.</param>
/// <param name="WithoutRate">Payments whose currency had no exchange rate; they are in no total.</param>
/// <param name="RatePercent">Six decimals, rounded half up; null: no payments, so no rate.</param>
internal sealed record FraudRateInstrument(
    string Instrument, long Payments, long TotalMinor, long Frauds, long FraudMinor, long WithoutRate, string? RatePercent, IReadOnlyList<FraudRateBand> Bands);

/// <param name="AmountMax">Largest amount that the band exempts.</param>
/// <param name="ReferencePercent">Largest fraud rate that it allows.</param>
/// <param name="Standing">within or above, by the exact rate; null: there is none.</param>
/// <param name="Use">not_started, in_use or ceased, after the last quarter that is over.</param>
internal sealed record FraudRateBand(Money AmountMax, string ReferencePercent, string? Standing, string Use);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(FraudRateAnswer))]
internal sealed partial class FraudRateJsonContext : JsonSerializerContext;
