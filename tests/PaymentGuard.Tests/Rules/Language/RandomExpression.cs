using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;
using PaymentGuard.Domain.Rules.Language.Syntax;

namespace PaymentGuard.Tests.Rules.Language;

/// <summary>Makes well-typed expressions and values for them from a seed. A third of the values are missing; the ends of the ranges occur.</summary>
internal sealed class RandomExpression(int seed)
{
    private static readonly SignalType[] Ordered = [SignalType.Int, SignalType.Double, SignalType.Text, SignalType.Money, SignalType.Duration, SignalType.Bool];

    private readonly Random random = new(seed);

    public static readonly AttributeDefinition[] Attributes =
    [
        .. from type in Ordered
           from number in new[] { 1, 2, 3 }
           select new AttributeDefinition($"{type.ToString().ToLowerInvariant()}.a{number}", type, ""),
    ];

    /// <summary>What <see cref="LanguageScope"/> calls a name is a name node here as well: the printer writes its dots.</summary>
    private Node Attribute(SignalType type) => new Name($"{type.ToString().ToLowerInvariant()}.a{random.Next(1, 4)}", false, 0, 0);

    public Dictionary<string, object?> Values() => Attributes.ToDictionary(attribute => attribute.Name, attribute => random.Next(3) == 0 ? null : Value(attribute.Type));

    public static bool IsDouble(Node node) => node switch
    {
        Literal literal => literal.Value is double,
        Name name => name.Text.StartsWith("double", StringComparison.Ordinal),
        Unary unary => unary.Operator == Operator.Negate && IsDouble(unary.Operand),
        Binary { Operator: Operator.Add or Operator.Subtract or Operator.Multiply or Operator.Divide or Operator.Modulo or Operator.Default } binary =>
            IsDouble(binary.Left) || IsDouble(binary.Right),
        Conditional conditional => IsDouble(conditional.WhenTrue) || IsDouble(conditional.WhenFalse),
        _ => false,
    };

    private object Value(SignalType type) => type switch
    {
        SignalType.Bool => random.Next(2) == 0,
        SignalType.Int => Pick(0L, 1L, 2L, -1L, 7L, long.MaxValue, long.MinValue, 1L << 53),
        SignalType.Double => Pick(0.0, 1.0, -1.0, 2.5, 7.0, 1e300, double.NaN, double.PositiveInfinity),
        SignalType.Text => Pick("", "a", "A", "ab", "é", "DE"),
        SignalType.Money => new Money(Pick(0L, 100L, 500L, 99_999L), Pick("EUR", "EUR", "EUR", "USD")),
        _ => new Duration(Pick(0L, 1_000_000L, 90_000_000_000L, -5_000_000_000L, long.MaxValue)),
    };

    /// <summary>Literals are what a source can hold: no NaN, no infinity, durations of whole milliseconds.</summary>
    private Literal Constant(SignalType type)
    {
        object value;
        do value = Value(type);
        while (value is double and (double.NaN or double.PositiveInfinity) || value is Duration { Nanos: < 0 or long.MaxValue });
        return new Literal(value, 0, 0);
    }

    private T Pick<T>(params T[] values) => values[random.Next(values.Length)];

    public Node Condition(int depth) => depth == 0 ? Leaf(SignalType.Bool) : random.Next(10) switch
    {
        0 or 1 => Binary(Operator.And, Condition(depth - 1), Condition(depth - 1)),
        2 or 3 => Binary(Operator.Or, Condition(depth - 1), Condition(depth - 1)),
        4 => new Unary(Operator.Not, Condition(depth - 1), 0, 0),
        5 => new MissingTest(Operand(Pick(Ordered), depth - 1), random.Next(2) == 0, 0, 0),
        6 => Bounded(Pick(Ordered), depth - 1),
        7 => Member(Pick(SignalType.Int, SignalType.Text, SignalType.Money), depth - 1),
        8 => new Conditional(Condition(depth - 1), Condition(depth - 1), Condition(depth - 1), 0, 0),
        _ => Relation(Pick(Ordered), depth - 1),
    };

    private Binary Relation(SignalType type, int depth)
    {
        var @operator = Pick(Operator.Equal, Operator.NotEqual, Operator.Less, Operator.LessOrEqual, Operator.Greater, Operator.GreaterOrEqual);
        return Binary(@operator, Operand(type, depth), Operand(Mixed(type), depth));
    }

    private SignalType Mixed(SignalType type) => type is SignalType.Int or SignalType.Double ? Pick(SignalType.Int, SignalType.Double) : type;

    private Between Bounded(SignalType type, int depth) => new(Operand(type, depth), Operand(type, depth), Operand(type, depth), 0, 0);

    private Binary Member(SignalType type, int depth) =>
        Binary(Operator.In, Operand(type, depth), new ListNode([.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => random.Next(9) == 0 ? Operand(type, 0) : Constant(type))], 0, 0));

    private Node Operand(SignalType type, int depth)
    {
        if (depth == 0) return Leaf(type);
        return random.Next(6) switch
        {
            0 => Binary(Operator.Default, Operand(type, depth - 1), Operand(Mixed(type), depth - 1)),
            1 => new Conditional(Condition(depth - 1), Operand(type, depth - 1), Operand(Mixed(type), depth - 1), 0, 0),
            2 or 3 when Arithmetic(type) is { } @operator => Binary(@operator, Operand(type, depth - 1), Operand(@operator == Operator.Modulo ? type : Mixed(type), depth - 1)),
            4 when type is SignalType.Int or SignalType.Double or SignalType.Duration => new Unary(Operator.Negate, Operand(type, depth - 1), 0, 0),
            _ when type == SignalType.Bool => Condition(depth - 1),
            _ => Leaf(type),
        };
    }

    private Operator? Arithmetic(SignalType type) => type switch
    {
        SignalType.Int => Pick(Operator.Add, Operator.Subtract, Operator.Multiply, Operator.Divide),
        SignalType.Double => Pick(Operator.Add, Operator.Subtract, Operator.Multiply, Operator.Divide),
        SignalType.Duration => Pick(Operator.Add, Operator.Subtract),
        SignalType.Money or SignalType.Text => Operator.Add,
        _ => null,
    };

    private Node Leaf(SignalType type) => random.Next(3) == 0 ? Constant(type) : Attribute(type);

    private static Binary Binary(Operator @operator, Node left, Node right) => new(@operator, left, right, 0, 0);
}
