using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules.Language.Syntax;

namespace PaymentGuard.Domain.Rules.Language.Functions;

/// <summary>
/// Money in one currency is exact. Two currencies meet in the base currency at the payment's rates; without a rate the result is missing, never a guess.
/// </summary>
internal static class MoneyFunctions
{
    [RuleFunction("+", CallStyle.Operator, cost: 3)]
    public static bool TryAdd(Signals? signals, Money left, Money right, out Money result)
    {
        result = default;
        if (!TryAlign(signals, ref left, ref right) || !NumberFunctions.TryAdd(left.Minor, right.Minor, out var minor)) return false;
        result = new Money(minor, left.Currency);
        return true;
    }

    [RuleFunction("-", CallStyle.Operator, cost: 3)]
    public static bool TrySubtract(Signals? signals, Money left, Money right, out Money result)
    {
        result = default;
        if (!TryAlign(signals, ref left, ref right) || !NumberFunctions.TrySubtract(left.Minor, right.Minor, out var minor)) return false;
        result = new Money(minor, left.Currency);
        return true;
    }

    [RuleFunction("negate", CallStyle.Operator)]
    public static bool TryNegate(Money value, out Money result)
    {
        result = new Money(unchecked(-value.Minor), value.Currency);
        return value.Minor != long.MinValue;
    }

    [RuleFunction("*", CallStyle.Operator)]
    public static bool TryMultiply(Money left, long right, out Money result)
    {
        var fits = NumberFunctions.TryMultiply(left.Minor, right, out var minor);
        result = new Money(minor, left.Currency);
        return fits;
    }

    [RuleFunction("*", CallStyle.Operator)]
    public static bool TryMultiply(long left, Money right, out Money result) => TryMultiply(right, left, out result);

    [RuleFunction("*", CallStyle.Operator)]
    public static bool TryMultiply(Money left, double right, out Money result) => TryRound(left.Minor * right, left.Currency, out result);

    [RuleFunction("*", CallStyle.Operator)]
    public static bool TryMultiply(double left, Money right, out Money result) => TryRound(right.Minor * left, right.Currency, out result);

    [RuleFunction("/", CallStyle.Operator)]
    public static bool TryDivide(Money left, double right, out Money result) => TryRound(left.Minor / right, left.Currency, out result);

    [RuleFunction("/", CallStyle.Operator, cost: 3)]
    public static bool TryDivide(Signals? signals, Money left, Money right, out double result)
    {
        result = 0;
        if (!TryAlign(signals, ref left, ref right) || right.Minor == 0) return false;
        result = (double)left.Minor / right.Minor;
        return true;
    }

    /// <summary>In major units of its currency.</summary>
    [RuleFunction("double", cost: 10)]
    public static double Double(Money value) => MoneyText.TryGetDecimals(value.Currency, out var decimals) ? value.Minor / Math.Pow(10, decimals) : value.Minor;

    [RuleFunction("currency", CallStyle.Method)]
    public static string Currency(Money value) => value.Currency;

    /// <summary>Less than, equal to or greater than 0, as the left is less, equal or greater. False when the two do not compare.</summary>
    public static bool TryCompare(Signals? signals, Money left, Money right, out int order)
    {
        var aligned = TryAlign(signals, ref left, ref right);
        order = left.Minor.CompareTo(right.Minor);
        return aligned;
    }

    private static bool TryAlign(Signals? signals, ref Money left, ref Money right) =>
        left.Currency == right.Currency || TryConvert(signals, ref left, ref right);

    private static bool TryConvert(Signals? signals, ref Money left, ref Money right)
    {
        if (signals?.Rates is not { } rates) return false;
        if (rates.InBaseCurrency(left, signals.RatesAt) is not { } leftInBase || rates.InBaseCurrency(right, signals.RatesAt) is not { } rightInBase) return false;
        (left, right) = (leftInBase, rightInBase);
        return true;
    }

    /// <summary>Half away from zero, as conversion does.</summary>
    private static bool TryRound(double minor, string currency, out Money result)
    {
        var rounded = Math.Round(minor, MidpointRounding.AwayFromZero);
        var fits = rounded is > long.MinValue and < long.MaxValue;
        result = new Money(fits ? (long)rounded : 0, currency);
        return fits;
    }
}
