using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules.Language;
using PaymentGuard.Domain.Rules.Language.Syntax;

namespace PaymentGuard.Tests.Rules.Language;

/// <summary>The language's meaning written down as plainly as possible: values are objects, null is missing. Slow; what compiled conditions are compared with.</summary>
internal sealed class ReferenceEvaluator(IReadOnlyDictionary<string, object?> values)
{
    public object? Evaluate(Node node) => node switch
    {
        Literal literal => literal.Value,
        Name name => values[name.Text],
        Unary { Operator: Operator.Not } not => Not(Evaluate(not.Operand)),
        Unary negate => Evaluate(negate.Operand) switch { null => null, long n => Fit(-(Int128)n), double d => -d, Duration d => FitDuration(-(Int128)d.Nanos), _ => throw new InvalidOperationException() },
        Binary { Operator: Operator.And } and => And(Evaluate(and.Left), Evaluate(and.Right)),
        Binary { Operator: Operator.Or } or => Not(And(Not(Evaluate(or.Left)), Not(Evaluate(or.Right)))),
        Binary { Operator: Operator.Default } or => Evaluate(or.Left) is { } value ? Promote(value, or.Right) : Promote(Evaluate(or.Right), or.Left),
        Binary { Operator: Operator.In, Right: ListNode list } member => In(Evaluate(member.Left), [.. list.Elements.Select(Evaluate)]),
        Binary binary => Evaluate(binary.Left) is { } left && Evaluate(binary.Right) is { } right ? Apply(binary.Operator, left, right) : null,
        Between between => And(
            Evaluate(new Binary(Operator.GreaterOrEqual, between.Operand, between.Low, 0, 0)),
            Evaluate(new Binary(Operator.LessOrEqual, between.Operand, between.High, 0, 0))),
        MissingTest test => Evaluate(test.Operand) is null != test.IsNegated,
        Conditional conditional => Evaluate(conditional.Condition) switch
        {
            true => Promote(Evaluate(conditional.WhenTrue), conditional.WhenFalse),
            false => Promote(Evaluate(conditional.WhenFalse), conditional.WhenTrue),
            _ => null,
        },
        _ => throw new InvalidOperationException(node.GetType().Name),
    };

    /// <summary>Ints become doubles where the other branch is one; the generator marks doubles by their names and literals.</summary>
    private static object? Promote(object? value, Node other) => value is long number && RandomExpression.IsDouble(other) ? (double)number : value;

    private static object? Not(object? value) => value is bool flag ? !flag : null;

    private static object? And(object? left, object? right) => left is false || right is false ? false : left is null || right is null ? null : true;

    private static object? In(object? value, object?[] elements)
    {
        if (value is null || elements.Contains(null)) return null;
        return elements.Aggregate<object?, object?>(false, (found, element) => found is true ? true : Apply(Operator.Equal, value, element!) is { } same ? same is true || found is true ? true : found : null);
    }

    private static object? Apply(Operator @operator, object left, object right)
    {
        if (left is long or double && right is long or double && (left is double || right is double)) (left, right) = (Convert.ToDouble(left), Convert.ToDouble(right));
        return @operator switch
        {
            Operator.Equal => left is double ? (double)left == (double)right : Order(left, right) is { } order ? order == 0 : null,
            Operator.NotEqual => Not(Apply(Operator.Equal, left, right)),
            Operator.Less or Operator.LessOrEqual or Operator.Greater or Operator.GreaterOrEqual => Compare(@operator, left, right),
            _ => Compute(@operator, left, right),
        };
    }

    private static object? Compare(Operator @operator, object left, object right)
    {
        if (left is double.NaN || right is double.NaN) return false;
        return Order(left, right) is not { } order ? null : @operator switch
        {
            Operator.Less => order < 0,
            Operator.LessOrEqual => order <= 0,
            Operator.Greater => order > 0,
            _ => order >= 0,
        };
    }

    private static int? Order(object left, object right) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        (Money a, Money b) => a.Currency == b.Currency ? a.Minor.CompareTo(b.Minor) : null,
        _ => ((IComparable)left).CompareTo(right),
    };

    private static object? Compute(Operator @operator, object left, object right) => (@operator, left, right) switch
    {
        (Operator.Add, long a, long b) => Fit((Int128)a + b),
        (Operator.Subtract, long a, long b) => Fit((Int128)a - b),
        (Operator.Multiply, long a, long b) => Fit((Int128)a * b),
        (Operator.Divide, long a, long b) => b == 0 ? null : Fit((Int128)a / b),
        (Operator.Modulo, long a, long b) => b == 0 || (a == long.MinValue && b == -1) ? null : a % b,
        (Operator.Add, double a, double b) => a + b,
        (Operator.Subtract, double a, double b) => a - b,
        (Operator.Multiply, double a, double b) => a * b,
        (Operator.Divide, double a, double b) => a / b,
        (Operator.Add, Duration a, Duration b) => FitDuration((Int128)a.Nanos + b.Nanos),
        (Operator.Subtract, Duration a, Duration b) => FitDuration((Int128)a.Nanos - b.Nanos),
        (Operator.Add, Money a, Money b) => a.Currency == b.Currency ? a with { Minor = a.Minor + b.Minor } : null,
        (Operator.Add, string a, string b) => a + b,
        _ => throw new InvalidOperationException($"{left} {@operator} {right}"),
    };

    private static object? Fit(Int128 value) => value >= long.MinValue && value <= long.MaxValue ? (long)value : null;

    private static object? FitDuration(Int128 nanos) => nanos >= long.MinValue && nanos <= long.MaxValue ? new Duration((long)nanos) : null;
}
