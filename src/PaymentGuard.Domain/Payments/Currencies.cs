using System.Collections.Frozen;

namespace PaymentGuard.Domain.Payments;

/// <summary>The currencies of ISO 4217 that money can be paid in, and how many decimals each one's minor unit has.</summary>
public static class Currencies
{
    /// <summary>The currency that velocities sum in; amounts of others are converted at the rate of their day.</summary>
    public const string Base = "EUR";

    private const string WithoutDecimals = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
    private const string WithThreeDecimals = "BHD IQD JOD KWD LYD OMR TND";
    private const string WithFourDecimals = "CLF UYW";
    private const string WithTwoDecimals =
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY " +
        "COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS " +
        "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR " +
        "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP " +
        "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";

    private static readonly FrozenDictionary<string, int> Decimals = Codes().ToFrozenDictionary(StringComparer.Ordinal);
    private static readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> DecimalsByText =
        Decimals.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Decimals of the minor unit, 0 to 4; false when no such currency exists.</summary>
    public static bool TryGetDecimals(ReadOnlySpan<char> currency, out int decimals) => DecimalsByText.TryGetValue(currency, out decimals);

    private static IEnumerable<KeyValuePair<string, int>> Codes() =>
        from list in new[] { (WithoutDecimals, 0), (WithTwoDecimals, 2), (WithThreeDecimals, 3), (WithFourDecimals, 4) }
        from code in list.Item1.Split(' ')
        select KeyValuePair.Create(code, list.Item2);
}
