using System.Net;
using PaymentGuard.Domain.Rules.Language.Functions;

namespace PaymentGuard.Domain.Rules.Language;

/// <summary>Values whose type only the evaluation shows: boxed bool, long, double, Money, Timestamp, Duration, Network; string, IPAddress, object[], MapValue, NullValue.</summary>
internal static class Values
{
    /// <summary>Ints and doubles are equal when they are the same number; values of different types are not equal.</summary>
    public static bool AreEqual(object left, object right) => (left, right) switch
    {
        (double a, double b) => a == b,
        (long a, double b) => AreEqual(a, b),
        (double a, long b) => AreEqual(b, a),
        (object[] a, object[] b) => AreEqual(a, b),
        (MapValue a, MapValue b) => AreEqual(a, b),
        _ => left.Equals(right),
    };

    private static bool AreEqual(long left, double right) =>
        right is >= long.MinValue and < 9_223_372_036_854_775_808.0 && right == Math.Truncate(right) && (long)right == left;

    private static bool AreEqual(object[] left, object[] right)
    {
        if (left.Length != right.Length) return false;
        for (var i = 0; i < left.Length; i++)
            if (!AreEqual(left[i], right[i])) return false;
        return true;
    }

    private static bool AreEqual(MapValue left, MapValue right)
    {
        if (left.Count != right.Count) return false;
        foreach (var (key, value) in left)
            if (!right.TryGet(key, out var other) || !AreEqual(value, other)) return false;
        return true;
    }

    /// <summary>
    /// Less than, equal to or greater than 0. False when the two have no order: different types, lists, NaN (for which every comparison but
    /// this missing one is false).
    /// </summary>
    public static bool TryCompare(Signals? signals, object left, object right, out int order)
    {
        order = 0;
        switch (left, right)
        {
            case (string a, string b):
                order = TextFunctions.Compare(a, b);
                return true;
            case (Payments.Money a, Payments.Money b):
                return MoneyFunctions.TryCompare(signals, a, b, out order);
            case (long or double, long or double) when left.GetType() != right.GetType():
                return TryCompareNumbers(left, right, out order);
            case (double.NaN, _) or (_, double.NaN) or (NullValue or object[] or MapValue or IPAddress or Network, _):
                return false;
            default:
                if (left.GetType() != right.GetType()) return false;
                order = ((IComparable)left).CompareTo(right);
                return true;
        }
    }

    /// <summary>Of an int and a double, without rounding either: a double past 2^53 holds no fraction, one below it is no larger than a long.</summary>
    private static bool TryCompareNumbers(object left, object right, out int order)
    {
        var (number, other, sign) = left is long ? ((long)left, (double)right, 1) : ((long)right, (double)left, -1);
        var whole = Math.Floor(other);
        order = double.IsNaN(other) ? 0
            : whole >= 9_223_372_036_854_775_808.0 ? -sign
            : whole < long.MinValue ? sign
            : number != (long)whole ? sign * number.CompareTo((long)whole)
            : other > whole ? -sign : 0;
        return !double.IsNaN(other);
    }

    /// <summary>What a macro walks: the elements of a list, the keys of a map.</summary>
    public static bool TryElements(object value, out object[] elements)
    {
        elements = value as object[] ?? (value as MapValue)?.Keys ?? [];
        return value is object[] or MapValue;
    }
}
