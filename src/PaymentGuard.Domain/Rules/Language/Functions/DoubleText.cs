using System.Globalization;

namespace PaymentGuard.Domain.Rules.Language.Functions;

/// <summary>A double as CEL's implementations print it: the fewest digits that give the same number back, with an exponent below 10^-4 and from 10^6 on.</summary>
internal static class DoubleText
{
    private const int ExponentMin = -4;
    private const int ExponentMax = 5;

    public static string Of(double value)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "+Inf" : "-Inf";
        var sign = double.IsNegative(value) ? "-" : "";
        if (value == 0) return sign + "0";
        var (digits, exponent) = Shortest(Math.Abs(value));
        return sign + (exponent is < ExponentMin or > ExponentMax ? Scientific(digits, exponent) : Plain(digits, exponent));
    }

    /// <summary>The significant digits without closing zeros, and the power of ten of the first.</summary>
    private static (string Digits, int Exponent) Shortest(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var split = text.IndexOf('E');
        var mantissa = split < 0 ? text : text[..split];
        var exponent = split < 0 ? 0 : int.Parse(text[(split + 1)..], CultureInfo.InvariantCulture);
        var point = mantissa.IndexOf('.') is >= 0 and var index ? index : mantissa.Length;
        var all = mantissa.Replace(".", "", StringComparison.Ordinal);
        var digits = all.TrimStart('0');
        return (digits.TrimEnd('0'), exponent + point - 1 - (all.Length - digits.Length));
    }

    private static string Scientific(string digits, int exponent)
    {
        var fraction = digits.Length > 1 ? "." + digits[1..] : "";
        return $"{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):D2}";
    }

    private static string Plain(string digits, int exponent)
    {
        if (exponent < 0) return "0." + new string('0', -exponent - 1) + digits;
        var padded = digits.PadRight(exponent + 1, '0');
        return padded.Length == exponent + 1 ? padded : padded[..(exponent + 1)] + "." + padded[(exponent + 1)..];
    }
}
