using PaymentGuard.Domain.Rules.Language.Checking;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Domain.Rules.Language;

/// <summary>An expression without mistakes, and what it reads. Made by <see cref="Expressions.Check"/>.</summary>
public sealed class CheckedExpression
{
    internal CheckedExpression(string source, Typed root, int nodeCount)
    {
        (Source, Root, NodeCount) = (source, root, nodeCount);
    }

    internal Typed Root { get; }

    internal int NodeCount { get; }

    public string Source { get; }

    /// <summary>The type of its value; only a <see cref="SignalType.Bool"/> can be a condition.</summary>
    public SignalType Type => Root.Type.Kind;

    /// <summary>Every attribute it reads, once, in the order of reading.</summary>
    public IReadOnlyList<AttributeDefinition> Attributes { get; internal init; } = [];

    /// <summary>Every velocity it reads, once, in the order of reading; those behind named velocities included.</summary>
    public IReadOnlyList<VelocityQuery> Velocities { get; internal init; } = [];

    /// <summary>Names of the lists it looks into, without the <c>@</c>.</summary>
    public IReadOnlyList<string> Lists { get; internal init; } = [];

    /// <summary>Estimate of the work of one evaluation, in comparisons of two numbers (about a nanosecond each).</summary>
    public int Cost { get; internal init; }
}
