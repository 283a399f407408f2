using System.Linq.Expressions;
using System.Net;
using System.Reflection;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules.Language.Checking;

namespace PaymentGuard.Domain.Rules.Language.Compiling;

/// <summary>Reads the slots of <see cref="Rules.Signals"/> in place.</summary>
internal sealed class SlotReader(SignalLayout layout) : ISignalReader
{
    private static readonly MethodInfo BitsToDouble = typeof(BitConverter).GetMethod(nameof(BitConverter.Int64BitsToDouble))!;
    private static readonly MethodInfo TimestampFromParts = typeof(Timestamp).GetMethod(nameof(Timestamp.FromParts), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly MethodInfo DurationFromParts = typeof(Duration).GetMethod(nameof(Duration.TryFromParts), BindingFlags.Static | BindingFlags.NonPublic)!;
    private static readonly ConstructorInfo NewMoney = typeof(Money).GetConstructor([typeof(long), typeof(string)])!;

    public ParameterExpression SignalsParameter { get; } = Expression.Parameter(typeof(Signals), "signals");

    public ParameterExpression SlotsParameter { get; } = Expression.Parameter(typeof(Signal[]), "slots");

    public Expression Signals => SignalsParameter;

    /// <exception cref="ArgumentException">The layout has no slot for it.</exception>
    public Expression Read(Emitter emitter, Typed read, LabelTarget missing)
    {
        var name = read is ReadVelocity velocity ? velocity.Query.Text : ((ReadAttribute)read).Attribute.Name;
        var slot = layout.SlotOf(name);
        if (slot < 0) throw new ArgumentException($"The layout has no slot for '{name}'.");
        var signal = Expression.ArrayIndex(SlotsParameter, Expression.Constant(slot));
        var state = Expression.Field(signal, nameof(Signal.State));
        emitter.GotoIf(Expression.NotEqual(Expression.Convert(state, typeof(int)), Expression.Constant((int)SignalState.Known)), missing);
        return Read(emitter, signal, read.Type.Kind, missing);
    }

    private static Expression Read(Emitter emitter, Expression signal, SignalType kind, LabelTarget missing)
    {
        var bits = Expression.Field(signal, nameof(Signal.Bits));
        var reference = Expression.Field(signal, nameof(Signal.Reference));
        var nanos = Expression.Field(signal, nameof(Signal.Nanos));
        return kind switch
        {
            SignalType.Bool => Expression.NotEqual(bits, Expression.Constant(0L)),
            SignalType.Int => bits,
            SignalType.Double => Expression.Call(BitsToDouble, bits),
            SignalType.Text => Expression.Convert(reference, typeof(string)),
            SignalType.Money => Expression.New(NewMoney, bits, Expression.Convert(reference, typeof(string))),
            SignalType.Ip => Expression.Convert(reference, typeof(IPAddress)),
            SignalType.Timestamp => Expression.Call(TimestampFromParts, bits, nanos),
            SignalType.Duration => ReadDuration(emitter, bits, nanos, missing),
            SignalType.List => Expression.Convert(reference, typeof(object[])),
            SignalType.Map => Expression.Convert(reference, typeof(MapValue)),
            SignalType.Network => Expression.Convert(reference, typeof(Network)),
            SignalType.Null or SignalType.Any => reference,
        };
    }

    private static ParameterExpression ReadDuration(Emitter emitter, Expression seconds, Expression nanos, LabelTarget missing)
    {
        var duration = emitter.Variable(typeof(Duration));
        emitter.GotoIf(Expression.Not(Expression.Call(DurationFromParts, seconds, nanos, duration)), missing);
        return duration;
    }
}
