using System.Net;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Domain.Rules.Language.Checking;

/// <summary>A type as the checker sees it: lists and maps know what they hold.</summary>
/// <param name="Element">Of a list its elements, of a map its values.</param>
/// <param name="Key">Of a map.</param>
internal sealed record RuleType(SignalType Kind, RuleType? Element = null, RuleType? Key = null)
{
    public static readonly RuleType Bool = new(SignalType.Bool), Int = new(SignalType.Int), Double = new(SignalType.Double), Text = new(SignalType.Text);
    public static readonly RuleType Money = new(SignalType.Money), Ip = new(SignalType.Ip), Network = new(SignalType.Network);
    public static readonly RuleType Timestamp = new(SignalType.Timestamp), Duration = new(SignalType.Duration);
    public static readonly RuleType Null = new(SignalType.Null), Any = new(SignalType.Any);
    public static readonly RuleType AnyList = ListOf(Any), AnyMap = MapOf(Any, Any);

    private static readonly Dictionary<Type, RuleType> ByClrType = new()
    {
        [typeof(bool)] = Bool, [typeof(long)] = Int, [typeof(double)] = Double, [typeof(string)] = Text, [typeof(Payments.Money)] = Money,
        [typeof(IPAddress)] = Ip, [typeof(Language.Network)] = Network, [typeof(Language.Timestamp)] = Timestamp, [typeof(Language.Duration)] = Duration,
        [typeof(NullValue)] = Null, [typeof(object)] = Any, [typeof(object[])] = AnyList, [typeof(MapValue)] = AnyMap,
    };

    public static RuleType ListOf(RuleType element) => new(SignalType.List, element);

    public static RuleType MapOf(RuleType key, RuleType value) => new(SignalType.Map, value, key);

    public static RuleType Of(SignalType kind) => kind switch
    {
        SignalType.List => AnyList,
        SignalType.Map => AnyMap,
        _ => new RuleType(kind),
    };

    /// <summary>The type of a parameter or result of a function.</summary>
    public static RuleType Of(Type type) => ByClrType[type];

    public static RuleType OfValue(object value) => value is IPAddress ? Ip : ByClrType[value.GetType()];

    public bool IsNumber => Kind is SignalType.Int or SignalType.Double;

    public bool IsAny => Kind == SignalType.Any;

    public bool IsOrdered => Kind is SignalType.Bool or SignalType.Int or SignalType.Double or SignalType.Text or SignalType.Money
        or SignalType.Timestamp or SignalType.Duration or SignalType.Any;

    /// <summary>How compiled code holds a value of the type.</summary>
    public Type ClrType => Kind switch
    {
        SignalType.Bool => typeof(bool),
        SignalType.Int => typeof(long),
        SignalType.Double => typeof(double),
        SignalType.Text => typeof(string),
        SignalType.Money => typeof(Payments.Money),
        SignalType.Ip => typeof(IPAddress),
        SignalType.Network => typeof(Language.Network),
        SignalType.Timestamp => typeof(Language.Timestamp),
        SignalType.Duration => typeof(Language.Duration),
        SignalType.List => typeof(object[]),
        SignalType.Map => typeof(MapValue),
        SignalType.Null or SignalType.Any => typeof(object),
    };

    /// <summary>Whether values of both can be equal: of the same kind, both numbers, or not known before evaluation.</summary>
    public static bool AreComparable(RuleType left, RuleType right)
    {
        if (left.IsAny || right.IsAny || (left.IsNumber && right.IsNumber)) return true;
        if (left.Kind != right.Kind) return false;
        if (left.Element is null) return true;
        return AreComparable(left.Element, right.Element!) && (left.Key is null || AreComparable(left.Key, right.Key!));
    }

    /// <summary>The one type that both have or can take; null when there is none. An element not known makes the whole not known.</summary>
    /// <param name="promote">Whether an int may become a double.</param>
    public static RuleType? Join(RuleType left, RuleType right, bool promote)
    {
        if (left == right) return left;
        if (left.IsAny || right.IsAny) return Any;
        if (promote && left.IsNumber && right.IsNumber) return Double;
        if (left.Kind != right.Kind || left.Element is null) return null;
        var element = Join(left.Element, right.Element!, promote: false);
        var key = left.Key is null ? null : Join(left.Key, right.Key!, promote: false);
        return element is null || (left.Key is not null && key is null) ? null : new RuleType(left.Kind, element, key);
    }

    public override string ToString() => Kind switch
    {
        SignalType.List => Element!.IsAny ? "list" : $"list of {Element}",
        SignalType.Map => "map",
        SignalType.Any => "value of any type",
        _ => Kind.ToString().ToLowerInvariant(),
    };
}
