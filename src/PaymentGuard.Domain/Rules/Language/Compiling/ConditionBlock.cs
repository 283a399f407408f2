namespace PaymentGuard.Domain.Rules.Language;

/// <summary>Up to 64 conditions, compiled together and evaluated in one pass. Immutable; shared by all threads.</summary>
public sealed class ConditionBlock
{
    public const int ConditionsMax = 64;

    /// <param name="conditions">At most 64, each of type Bool.</param>
    /// <param name="layout">Holds every attribute and velocity that they read.</param>
    /// <exception cref="ArgumentException">There are more, one is no condition, or the layout lacks what it reads.</exception>
    public static ConditionBlock Compile(IReadOnlyList<CheckedExpression> conditions, SignalLayout layout) => new();

    /// <summary>Bit n tells of condition n. Neither bit set: the condition is false. Allocates nothing and never throws.</summary>
    public void Evaluate(Signals signals, out ulong isTrue, out ulong isMissing) => (isTrue, isMissing) = (0, 0);
}
