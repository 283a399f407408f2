using System.Reflection;
using PaymentGuard.Domain.Rules.Language.Functions;
using PaymentGuard.Domain.Rules.Language.Syntax;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Domain.Rules.Language.Checking;

/// <summary>An expression whose names and types are settled: what is compiled.</summary>
internal abstract record Typed(RuleType Type);

/// <param name="Value">In the form of <see cref="RuleType.ClrType"/>.</param>
internal sealed record Constant(object Value, RuleType Type) : Typed(Type);

internal sealed record ReadAttribute(AttributeDefinition Attribute) : Typed(RuleType.Of(Attribute.Type));

internal sealed record ReadVelocity(VelocityQuery Query, RuleType Type) : Typed(Type);

/// <summary>A value with a name of its own: the variable of a macro, or an operand that is used twice.</summary>
internal sealed class Local(RuleType type)
{
    public RuleType Type { get; } = type;
}

internal sealed record ReadLocal(Local Local) : Typed(Local.Type);

internal sealed record Let(Local Local, Typed Value, Typed Body) : Typed(Body.Type);

/// <param name="Arguments">Of the overload's parameter types.</param>
internal sealed record Invoke(FunctionOverload Function, IReadOnlyList<Typed> Arguments, RuleType Type) : Typed(Type);

/// <summary>A function whose overload depends on types that only the evaluation shows.</summary>
internal sealed record InvokeAny(FunctionGroup Functions, IReadOnlyList<Typed> Arguments) : Typed(RuleType.Any);

/// <summary>A yes-or-no question to something prepared: a set, a list, a pattern.</summary>
/// <param name="Method">Of <paramref name="Target"/>; takes the value, answers bool, never throws.</param>
/// <param name="Cost">In comparisons of two numbers.</param>
internal sealed record Ask(object Target, MethodInfo Method, Typed Value, int Cost) : Typed(RuleType.Bool);

/// <summary><c>and</c>, or <c>or</c>, of any number: of none it is true, or false.</summary>
internal sealed record Logic(bool IsAnd, IReadOnlyList<Typed> Parts) : Typed(RuleType.Bool);

internal sealed record Not(Typed Operand) : Typed(RuleType.Bool);

/// <summary>Less, less or equal, greater, greater or equal, of two values of one ordered type, or of two of any type.</summary>
internal sealed record Compare(Operator Operator, Typed Left, Typed Right) : Typed(RuleType.Bool);

/// <summary>Of two values of one type, or of two of any type.</summary>
internal sealed record Equal(Typed Left, Typed Right) : Typed(RuleType.Bool);

/// <summary>Int to double, anything to any (boxed), any to a type (missing when the value is of another).</summary>
internal sealed record Coerce(Typed Operand, RuleType Type) : Typed(Type);

internal sealed record Choose(Typed Condition, Typed WhenTrue, Typed WhenFalse) : Typed(WhenTrue.Type);

internal sealed record OrElse(Typed Operand, Typed Fallback) : Typed(Operand.Type);

/// <summary>Never missing.</summary>
internal sealed record IsMissing(Typed Operand) : Typed(RuleType.Bool);

/// <param name="Elements">Boxed.</param>
internal sealed record MakeList(IReadOnlyList<Typed> Elements, RuleType Type) : Typed(Type);

/// <param name="Keys">Boxed, as are <paramref name="Values"/>.</param>
internal sealed record MakeMap(IReadOnlyList<Typed> Keys, IReadOnlyList<Typed> Values, RuleType Type) : Typed(Type);

internal enum MacroKind : byte { All, Exists, ExistsOne, Map }

/// <summary>A walk over the elements of a list or the keys of a map.</summary>
/// <param name="Element">Holds each in turn.</param>
/// <param name="Condition">What is asked of each; of a map or filter, which elements to keep, null for all.</param>
/// <param name="Result">Boxed: what a map makes of each element.</param>
internal sealed record Macro(MacroKind Kind, Typed Range, Local Element, Typed? Condition, Typed? Result, RuleType Type) : Typed(Type);
