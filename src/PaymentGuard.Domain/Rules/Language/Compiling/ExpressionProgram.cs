using System.Linq.Expressions;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules.Language.Compiling;
using PaymentGuard.Domain.Rules.Language.Functions;

namespace PaymentGuard.Domain.Rules.Language;

/// <summary>One expression, compiled. Immutable; shared by all threads.</summary>
public sealed class ExpressionProgram
{
    private readonly Code code;

    private ExpressionProgram(SignalType type, Code code)
    {
        Type = type;
        this.code = code;
    }

    private delegate bool Code(Signals signals, Signal[] slots, out Signal value);

    public SignalType Type { get; }

    /// <param name="layout">Holds every attribute and velocity that it reads.</param>
    /// <exception cref="ArgumentException">The layout lacks what it reads.</exception>
    public static ExpressionProgram Compile(CheckedExpression expression, SignalLayout layout)
    {
        var reader = new SlotReader(layout);
        var emitter = new Emitter(reader);
        var value = Expression.Parameter(typeof(Signal).MakeByRefType(), "value");
        var (isKnown, missing, done) = (emitter.Variable(typeof(bool)), Emitter.NewLabel(), Emitter.NewLabel());
        var result = emitter.Value(expression.Root, missing);
        emitter.Add(Expression.Assign(value, Expression.Call(typeof(Signal).GetMethod(nameof(Signal.Of), [result.Type])!, result)));
        emitter.Add(Expression.Assign(isKnown, Expression.Constant(true)));
        emitter.Goto(done);
        emitter.Mark(missing);
        emitter.Add(Expression.Assign(value, Expression.Default(typeof(Signal))));
        emitter.Add(Expression.Assign(isKnown, Expression.Constant(false)));
        emitter.Mark(done);
        var lambda = Expression.Lambda<Code>(emitter.ToBody(isKnown), reader.SignalsParameter, reader.SlotsParameter, value);
        return new ExpressionProgram(expression.Type, lambda.Compile());
    }

    /// <summary>False when the value is missing.</summary>
    public bool TryEvaluate(Signals signals, out Signal value) => code(signals, signals.Slots, out value);

    /// <summary>The value as a number: money in major units of its currency, a duration in seconds, a Bool as 0 or 1. False when missing or none of these.</summary>
    public bool TryEvaluateNumber(Signals signals, out double value)
    {
        value = 0;
        if (!TryEvaluate(signals, out var signal)) return false;
        value = Type switch
        {
            SignalType.Bool or SignalType.Int => signal.Bits,
            SignalType.Double => BitConverter.Int64BitsToDouble(signal.Bits),
            SignalType.Money => MoneyFunctions.Double(new Money(signal.Bits, (string)signal.Reference!)),
            SignalType.Duration => signal.Bits + (signal.Nanos / 1e9),
            _ => double.NaN,
        };
        return Type is SignalType.Bool or SignalType.Int or SignalType.Double or SignalType.Money or SignalType.Duration;
    }

    /// <summary>The value as an object, see <see cref="Signal.ToValue"/>; null when it is missing.</summary>
    public object? Evaluate(Signals signals) => TryEvaluate(signals, out var value) ? value.ToValue(Type) : null;
}
