using System.Globalization;
using System.Net;

namespace PaymentGuard.Domain.Rules.Language.Functions;

/// <summary>Conversions that are called by a type's name.</summary>
internal static class ConversionFunctions
{
    [RuleFunction("int")]
    public static long Int(long value) => value;

    /// <summary>Cuts towards zero. The ends of the range are excluded: a double cannot tell them from their neighbours.</summary>
    [RuleFunction("int")]
    public static bool TryInt(double value, out long result)
    {
        var fits = value is > long.MinValue and < long.MaxValue;
        result = fits ? (long)value : 0;
        return fits;
    }

    [RuleFunction("int", cost: 10)]
    public static bool TryInt(string text, out long result) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out result);

    [RuleFunction("int")]
    public static long Int(Timestamp value) => value.Seconds;

    [RuleFunction("double")]
    public static double Double(double value) => value;

    [RuleFunction("double")]
    public static double Double(long value) => value;

    [RuleFunction("double", cost: 20)]
    public static bool TryDouble(string text, out double result)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        var isNumber = double.TryParse(text, Style, CultureInfo.InvariantCulture, out result);
        return (isNumber && double.IsFinite(result)) || TrySpecial(text, out result);
    }

    private static bool TrySpecial(string text, out double result)
    {
        var word = text.AsSpan().TrimStart("+-");
        var isInfinity = word.Equals("inf", StringComparison.OrdinalIgnoreCase) || word.Equals("infinity", StringComparison.OrdinalIgnoreCase);
        var isNaN = text.Equals("nan", StringComparison.OrdinalIgnoreCase);
        result = isNaN ? double.NaN : text.StartsWith('-') ? double.NegativeInfinity : double.PositiveInfinity;
        return isNaN || (isInfinity && text.Length - word.Length <= 1);
    }

    [RuleFunction("bool")]
    public static bool Bool(bool value) => value;

    [RuleFunction("bool", cost: 5)]
    public static bool TryBool(string text, out bool result)
    {
        result = text is "1" or "t" or "T" or "true" or "True" or "TRUE";
        return result || text is "0" or "f" or "F" or "false" or "False" or "FALSE";
    }

    [RuleFunction("string")]
    public static string String(string value) => value;

    [RuleFunction("string")]
    public static string String(bool value) => value ? "true" : "false";

    [RuleFunction("string", cost: 20)]
    public static string String(long value) => value.ToString(CultureInfo.InvariantCulture);

    [RuleFunction("string", cost: 100)]
    public static string String(double value) => DoubleText.Of(value);

    [RuleFunction("string", cost: 100)]
    public static string String(Timestamp value) => value.ToString();

    [RuleFunction("string", cost: 50)]
    public static string String(Duration value) => value.ToString();

    [RuleFunction("string", cost: 50)]
    public static string String(IPAddress value) => value.ToString();

    [RuleFunction("string", cost: 50)]
    public static string String(Network value) => value.ToString();

    [RuleFunction("timestamp")]
    public static Timestamp Timestamp(Timestamp value) => value;

    [RuleFunction("timestamp")]
    public static bool TryTimestamp(long seconds, out Timestamp result) => Language.Timestamp.TryFromSeconds(seconds, out result);

    [RuleFunction("timestamp", cost: 50)]
    public static bool TryTimestamp(string text, out Timestamp result) => Language.Timestamp.TryParse(text, out result);

    [RuleFunction("duration")]
    public static Duration Duration(Duration value) => value;

    [RuleFunction("duration", cost: 50)]
    public static bool TryDuration(string text, out Duration result) => Language.Duration.TryParse(text, out result);
}
