using System.Net;
using System.Text;

namespace PaymentGuard.Domain.Rules.Language.Functions;

/// <summary>Lists and maps. What they hold is boxed; their types are settled by the checker.</summary>
internal static class CollectionFunctions
{
    /// <summary>Longest list that a sum of lists makes, so that doubling it again and again fails before the memory is full.</summary>
    private const int CountMax = 10_000;

    [RuleFunction("size", CallStyle.Either)]
    public static long Size(object[] list) => list.Length;

    [RuleFunction("size", CallStyle.Either)]
    public static long Size(MapValue map) => map.Count;

    [RuleFunction("+", CallStyle.Operator, cost: 50)]
    public static bool TryConcat(object[] left, object[] right, out object[] result)
    {
        var fits = left.Length + right.Length <= CountMax;
        result = fits ? [.. left, .. right] : [];
        return fits;
    }

    [RuleFunction("in", CallStyle.Operator, cost: 50)]
    public static bool IsIn(object value, object[] list)
    {
        foreach (var element in list)
            if (Values.AreEqual(value, element)) return true;
        return false;
    }

    [RuleFunction("in", CallStyle.Operator, cost: 20)]
    public static bool IsIn(object value, MapValue map) => map.TryGet(value, out _);

    [RuleFunction("in", CallStyle.Operator, cost: 5)]
    public static bool IsIn(IPAddress value, Network network) => network.Contains(AddressBits.Of(value));

    [RuleFunction("in", CallStyle.Operator, cost: 5)]
    public static bool IsIn(Network value, Network network) => network.Contains(value);

    [RuleFunction("[]", CallStyle.Operator, cost: 5)]
    public static bool TryIndex(object[] list, long index, out object? result)
    {
        var exists = index >= 0 && index < list.Length;
        result = exists ? list[index] : null;
        return exists;
    }

    [RuleFunction("[]", CallStyle.Operator, cost: 20)]
    public static bool TryIndex(MapValue map, object key, out object? result) => map.TryGet(key, out result);

    [RuleFunction("has", CallStyle.Operator, cost: 20)]
    public static bool Has(MapValue map, string key) => map.TryGet(key, out _);

    [RuleFunction("join", CallStyle.Method, cost: 100)]
    public static bool TryJoin(object[] list, out string result) => TryJoin(list, "", out result);

    [RuleFunction("join", CallStyle.Method, cost: 100)]
    public static bool TryJoin(object[] list, string separator, out string result)
    {
        result = "";
        var made = new StringBuilder();
        foreach (var element in list)
        {
            if (element is not string text || made.Length + text.Length > TextFunctions.LengthMax) return false;
            made.Append(made.Length == 0 ? "" : separator).Append(text);
        }
        result = made.ToString();
        return true;
    }
}
