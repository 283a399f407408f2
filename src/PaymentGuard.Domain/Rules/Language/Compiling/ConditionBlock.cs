using System.Linq.Expressions;
using PaymentGuard.Domain.Rules.Language.Checking;
using PaymentGuard.Domain.Rules.Language.Compiling;

namespace PaymentGuard.Domain.Rules.Language;

/// <summary>Up to 64 conditions, compiled together and evaluated in one pass. Immutable; shared by all threads.</summary>
public sealed class ConditionBlock
{
    public const int ConditionsMax = 64;

    /// <summary>Past about 2,000 jumps the just-in-time compiler stops optimising a method; a part of this size stays well below.</summary>
    private const int PartCostMax = 600;

    private readonly Code[] parts;

    private ConditionBlock(Code[] parts) => this.parts = parts;

    private delegate ulong Code(Signals signals, Signal[] slots, out ulong isMissing);

    /// <param name="conditions">At most 64, each of type Bool.</param>
    /// <param name="layout">Holds every attribute and velocity that they read.</param>
    /// <exception cref="ArgumentException">There are more, one is no condition, or the layout lacks what it reads.</exception>
    public static ConditionBlock Compile(IReadOnlyList<CheckedExpression> conditions, SignalLayout layout)
    {
        if (conditions.Count > ConditionsMax) throw new ArgumentException($"A block holds at most {ConditionsMax} conditions.", nameof(conditions));
        if (conditions.FirstOrDefault(condition => condition.Type != SignalType.Bool) is { } other)
            throw new ArgumentException($"'{other.Source}' is of type {other.Type} and no condition.", nameof(conditions));
        var parts = new List<Code>();
        for (var first = 0; first < conditions.Count;)
        {
            var end = PartEnd(conditions, first);
            parts.Add(CompilePart(conditions, first, end, layout));
            first = end;
        }
        return new ConditionBlock([.. parts]);
    }

    /// <summary>Bit n tells of condition n. Neither bit set: the condition is false. Allocates nothing for ordinary conditions and never throws.</summary>
    public void Evaluate(Signals signals, out ulong isTrue, out ulong isMissing)
    {
        (isTrue, isMissing) = (0, 0);
        foreach (var part in parts)
        {
            isTrue |= part(signals, signals.Slots, out var missing);
            isMissing |= missing;
        }
    }

    private static int PartEnd(IReadOnlyList<CheckedExpression> conditions, int first)
    {
        var nodes = 0;
        var end = first;
        while (end < conditions.Count && (end == first || nodes + conditions[end].NodeCount <= PartCostMax)) nodes += conditions[end++].NodeCount;
        return end;
    }

    private static Code CompilePart(IReadOnlyList<CheckedExpression> conditions, int first, int end, SignalLayout layout)
    {
        var reader = new SlotReader(layout);
        var emitter = new Emitter(reader);
        var (isTrue, isMissing) = (Expression.Variable(typeof(ulong), "isTrue"), Expression.Parameter(typeof(ulong).MakeByRefType(), "isMissing"));
        var missing = Expression.Variable(typeof(ulong), "missing");
        for (var n = first; n < end; n++) EmitCondition(emitter, conditions[n].Root, isTrue, missing, 1UL << n);
        emitter.Add(Expression.Assign(isMissing, missing));
        var body = Expression.Block([isTrue, missing], emitter.ToBody(isTrue));
        return Expression.Lambda<Code>(body, reader.SignalsParameter, reader.SlotsParameter, isMissing).Compile();
    }

    private static void EmitCondition(Emitter emitter, Typed condition, Expression isTrue, Expression isMissing, ulong bit)
    {
        var (whenTrue, whenMissing, done) = (Emitter.NewLabel(), Emitter.NewLabel(), Emitter.NewLabel());
        emitter.Branch(condition, whenTrue, done, whenMissing, whenTrue);
        emitter.Mark(whenTrue);
        emitter.Add(Expression.OrAssign(isTrue, Expression.Constant(bit)));
        emitter.Goto(done);
        emitter.Mark(whenMissing);
        emitter.Add(Expression.OrAssign(isMissing, Expression.Constant(bit)));
        emitter.Mark(done);
        emitter.ReleaseVariables();
    }
}
