using System.Globalization;

namespace PaymentGuard.Domain.Sca;

/// <summary>What kind of electronic payment it is. Each has reference rates of its own (RTS 2018/389, annex).</summary>
public enum PaymentInstrument
{
    Card = 1,
    CreditTransfer = 2,
}

/// <summary>
/// One payment as the fraud rate sees it. Whether it was authenticated or exempt (RTS 2018/389 art. 13 to 18), and whether the money came back,
/// changes nothing, so neither is here.
/// </summary>
/// <param name="ValueMinor">Minor units of the currency that the rate is computed in, 0 or more.</param>
/// <param name="IsRemote">Payments at a till are in no rate.</param>
/// <param name="IsFraud">Unauthorised or fraudulent.</param>
public readonly record struct MonitoredPayment(DateTimeOffset At, long ValueMinor, PaymentInstrument Instrument, bool IsRemote, bool IsFraud);

/// <summary>
/// The value of fraud as a share of the value of all remote payments of one instrument in one quarter, as an exact fraction (RTS 2018/389 art. 19(1)).
/// It is compared unrounded: 0.130001 % is above 0.13 %.
/// </summary>
/// <param name="FraudMinor">Minor units, 0 or more.</param>
/// <param name="TotalMinor">Minor units of the same currency, fraud included. 0: there is no rate, which is not a rate of 0 (EBA Q&amp;A 2018_4044).</param>
public readonly record struct FraudRate(long FraudMinor, long TotalMinor)
{
    public bool IsKnown => TotalMinor > 0;

    /// <summary>The rate of one quarter, by the calendar of the zone.</summary>
    /// <exception cref="OverflowException">A sum has more than 63 bits.</exception>
    public static FraudRate Of(IEnumerable<MonitoredPayment> payments, PaymentInstrument instrument, Quarter quarter, TimeZoneInfo zone)
    {
        long fraudMinor = 0, totalMinor = 0;
        foreach (var payment in payments)
        {
            if (!payment.IsRemote || payment.Instrument != instrument || Quarter.Of(payment.At, zone) != quarter) continue;
            totalMinor = checked(totalMinor + payment.ValueMinor);
            if (payment.IsFraud) fraudMinor += payment.ValueMinor;      // part of the total, which is checked
        }
        return new FraudRate(fraudMinor, totalMinor);
    }

    /// <summary>False when there is no rate.</summary>
    public bool IsAtMost(ReferenceRate limit) => IsKnown && !IsAbove(limit);

    /// <summary>False when there is no rate: it does not exceed anything, and it is not good enough for anything.</summary>
    public bool IsAbove(ReferenceRate limit) =>
        IsKnown && (Int128)FraudMinor * ReferenceRate.Whole > (Int128)TotalMinor * limit.HundredMillionths;

    /// <summary>To be read by people: six decimals, rounded half up, <c>0.130000</c>. Null when there is no rate.</summary>
    public string? Percent()
    {
        if (!IsKnown) return null;
        var hundredMillionths = ((2 * (Int128)FraudMinor * ReferenceRate.Whole) + TotalMinor) / (2 * (Int128)TotalMinor);
        return ReferenceRate.Percent(hundredMillionths);
    }
}

/// <summary>The largest fraud rate that a band of amounts allows, as a share: 130,000 is 0.13 %.</summary>
/// <param name="HundredMillionths">0 to <see cref="Whole"/>: a percentage with up to six decimals.</param>
public readonly record struct ReferenceRate(int HundredMillionths)
{
    public const int Whole = 100_000_000;
    private const int PercentDecimals = 6;

    /// <summary>All six decimals, <c>0.130000</c>.</summary>
    public string Percent() => Percent(HundredMillionths);

    internal static string Percent(Int128 hundredMillionths)
    {
        var digits = hundredMillionths.ToString(CultureInfo.InvariantCulture).PadLeft(PercentDecimals + 1, '0');
        return $"{digits[..^PercentDecimals]}.{digits[^PercentDecimals..]}";
    }
}
