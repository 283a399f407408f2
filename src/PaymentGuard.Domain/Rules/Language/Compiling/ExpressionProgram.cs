namespace PaymentGuard.Domain.Rules.Language;

/// <summary>One expression, compiled. Immutable; shared by all threads.</summary>
public sealed class ExpressionProgram
{
    /// <param name="layout">Holds every attribute and velocity that it reads.</param>
    /// <exception cref="ArgumentException">The layout lacks what it reads.</exception>
    public static ExpressionProgram Compile(CheckedExpression expression, SignalLayout layout) => new();

    /// <summary>False when the value is missing.</summary>
    public bool TryEvaluate(Signals signals, out Signal value)
    {
        value = default;
        return false;
    }

    /// <summary>The value as a number: money in major units of its currency, a duration in seconds, a Bool as 0 or 1. False when missing or none of these.</summary>
    public bool TryEvaluateNumber(Signals signals, out double value)
    {
        value = 0;
        return false;
    }
}
