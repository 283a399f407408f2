using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace PaymentGuard.Domain.Rules.Language;

/// <summary>The value <c>null</c> of literals. A missing signal is not null: it has no value.</summary>
public sealed class NullValue
{
    public static readonly NullValue Instance = new();

    private NullValue()
    {
    }

    public override string ToString() => "null";
}

/// <summary>A map of the rule language: keys are bool, long or string; values any value of the language. Immutable.</summary>
public sealed class MapValue : IEnumerable<KeyValuePair<object, object>>
{
    private readonly Dictionary<object, object> entries;

    private MapValue(Dictionary<object, object> entries)
    {
        this.entries = entries;
        Keys = [.. entries.Keys];
    }

    public int Count => entries.Count;

    internal object[] Keys { get; }

    /// <summary>False when a key occurs twice or is of a type that keys cannot have.</summary>
    public static bool TryCreate(IReadOnlyList<object> keys, IReadOnlyList<object> values, [NotNullWhen(true)] out MapValue? map)
    {
        map = null;
        var entries = new Dictionary<object, object>(keys.Count);
        for (var i = 0; i < keys.Count; i++)
            if (keys[i] is not (bool or long or string) || !entries.TryAdd(keys[i], values[i])) return false;
        map = new MapValue(entries);
        return true;
    }

    /// <summary>A double finds the int key that it equals.</summary>
    public bool TryGet(object key, [NotNullWhen(true)] out object? value)
    {
        var number = key is double d && d == Math.Truncate(d) && Math.Abs(d) < 9.2e18 ? (long)d : key;
        return entries.TryGetValue(number, out value);
    }

    public IEnumerator<KeyValuePair<object, object>> GetEnumerator() => entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
