namespace PaymentGuard.Domain.Rules.Language.Functions;

/// <summary>Arithmetic. Ints fail where 64 bits end or the divisor is 0; doubles follow IEEE 754, as CEL says.</summary>
internal static class NumberFunctions
{
    [RuleFunction("+", CallStyle.Operator)]
    public static bool TryAdd(long left, long right, out long result)
    {
        result = unchecked(left + right);
        return ((left ^ result) & (right ^ result)) >= 0;
    }

    [RuleFunction("-", CallStyle.Operator)]
    public static bool TrySubtract(long left, long right, out long result)
    {
        result = unchecked(left - right);
        return ((left ^ right) & (left ^ result)) >= 0;
    }

    [RuleFunction("*", CallStyle.Operator)]
    public static bool TryMultiply(long left, long right, out long result)
    {
        var high = Math.BigMul(left, right, out result);
        return high == result >> 63;
    }

    [RuleFunction("/", CallStyle.Operator)]
    public static bool TryDivide(long left, long right, out long result)
    {
        var fits = right != 0 && (left != long.MinValue || right != -1);
        result = fits ? left / right : 0;
        return fits;
    }

    [RuleFunction("%", CallStyle.Operator)]
    public static bool TryModulo(long left, long right, out long result)
    {
        var fits = right != 0 && (left != long.MinValue || right != -1);
        result = fits ? left % right : 0;
        return fits;
    }

    [RuleFunction("negate", CallStyle.Operator)]
    public static bool TryNegate(long value, out long result)
    {
        result = unchecked(-value);
        return value != long.MinValue;
    }

    [RuleFunction("+", CallStyle.Operator)]
    public static double Add(double left, double right) => left + right;

    [RuleFunction("-", CallStyle.Operator)]
    public static double Subtract(double left, double right) => left - right;

    [RuleFunction("*", CallStyle.Operator)]
    public static double Multiply(double left, double right) => left * right;

    [RuleFunction("/", CallStyle.Operator)]
    public static double Divide(double left, double right) => left / right;

    [RuleFunction("negate", CallStyle.Operator)]
    public static double Negate(double value) => -value;
}
