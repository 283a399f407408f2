using System.Linq.Expressions;
using PaymentGuard.Domain.Rules.Language.Checking;

namespace PaymentGuard.Domain.Rules.Language.Compiling;

/// <summary>Where the compiled code finds attributes and velocities.</summary>
internal interface ISignalReader
{
    /// <summary>The payment's signals, for exchange rates; a null constant where there are none.</summary>
    Expression Signals { get; }

    /// <summary>The value of a <see cref="ReadAttribute"/> or <see cref="ReadVelocity"/>; adds a jump to <paramref name="missing"/> for when there is none.</summary>
    Expression Read(Emitter emitter, Typed read, LabelTarget missing);
}

/// <summary>
/// Writes one flat row of statements and jumps, as an assembler does: a condition has three ways out, a value one way past when it is missing. So
/// Kleene logic costs no third value, and what is missing is found without exceptions. The expressions that it returns have no effects and may stand anywhere.
/// </summary>
internal sealed partial class Emitter(ISignalReader reader)
{
    private readonly List<Expression> code = [];
    private readonly Dictionary<Type, Stack<ParameterExpression>> free = [];
    private readonly List<ParameterExpression> variables = [];
    private readonly Dictionary<Local, Expression> locals = [];

    public void Add(Expression statement) => code.Add(statement);

    public void Mark(LabelTarget label) => code.Add(Expression.Label(label));

    public void Goto(LabelTarget label) => code.Add(Expression.Goto(label));

    public void GotoIf(Expression test, LabelTarget label) => code.Add(Expression.IfThen(test, Expression.Goto(label)));

    public static LabelTarget NewLabel() => Expression.Label();

    public ParameterExpression Variable(Type type)
    {
        if (free.TryGetValue(type, out var released) && released.TryPop(out var variable)) return variable;
        variable = Expression.Variable(type);
        variables.Add(variable);
        return variable;
    }

    public ParameterExpression Assigned(Expression value)
    {
        var variable = Variable(value.Type);
        Add(Expression.Assign(variable, value));
        return variable;
    }

    /// <summary>Ends a condition: its variables may be used again. Few variables keep the just-in-time compiler from giving up on registers.</summary>
    public void ReleaseVariables()
    {
        locals.Clear();
        free.Clear();
        foreach (var variable in variables)
        {
            if (!free.TryGetValue(variable.Type, out var released)) free.Add(variable.Type, released = new Stack<ParameterExpression>());
            released.Push(variable);
        }
    }

    public Expression ToBody(Expression result) => Expression.Block(variables, [.. code, result]);

    /// <summary>Jumps where the condition leads. <paramref name="next"/> is the label that the caller marks next: no jump is needed to it.</summary>
    public void Branch(Typed condition, LabelTarget whenTrue, LabelTarget whenFalse, LabelTarget whenMissing, LabelTarget next)
    {
        switch (condition)
        {
            case Not not: Branch(not.Operand, whenFalse, whenTrue, whenMissing, next); break;
            case Logic logic: BranchLogic(logic.Parts, logic.IsAnd, whenTrue, whenFalse, whenMissing, next); break;
            case Let let: Bind(let, whenMissing); Branch(let.Body, whenTrue, whenFalse, whenMissing, next); break;
            case Choose choose: BranchChoose(choose, whenTrue, whenFalse, whenMissing, next); break;
            case IsMissing test: BranchMissing(test.Operand, whenTrue, whenFalse, next); break;
            case Equal equal: BranchIf(EqualTest(equal, whenMissing), whenTrue, whenFalse, next); break;
            case Compare compare: BranchIf(OrderTest(compare, whenMissing), whenTrue, whenFalse, next); break;
            case Macro macro: BranchMacro(macro, whenTrue, whenFalse, whenMissing, next); break;
            default: BranchIf(Value(condition, whenMissing), whenTrue, whenFalse, next); break;
        }
    }

    private void BranchIf(Expression test, LabelTarget whenTrue, LabelTarget whenFalse, LabelTarget next)
    {
        if (whenTrue == next)
        {
            GotoIf(Expression.Not(test), whenFalse);
            return;
        }
        GotoIf(test, whenTrue);
        if (whenFalse != next) Goto(whenFalse);
    }

    /// <summary>One part that decides ends it; a missing part is remembered, since a later one may still decide.</summary>
    private void BranchLogic(IReadOnlyList<Typed> parts, bool isAnd, LabelTarget whenTrue, LabelTarget whenFalse, LabelTarget whenMissing, LabelTarget next)
    {
        var sawMissing = Assigned(Expression.Constant(false));
        foreach (var part in parts)
        {
            var (partMissing, partDone) = (NewLabel(), NewLabel());
            Branch(part, isAnd ? partDone : whenTrue, isAnd ? whenFalse : partDone, partMissing, partMissing);
            Mark(partMissing);
            Add(Expression.Assign(sawMissing, Expression.Constant(true)));
            Mark(partDone);
        }
        BranchIf(sawMissing, whenMissing, isAnd ? whenTrue : whenFalse, next);
    }

    private void BranchChoose(Choose choose, LabelTarget whenTrue, LabelTarget whenFalse, LabelTarget whenMissing, LabelTarget next)
    {
        var (first, second) = (NewLabel(), NewLabel());
        Branch(choose.Condition, first, second, whenMissing, first);
        Mark(first);
        // No label follows that both arms could fall into: the second arm stands there.
        Branch(choose.WhenTrue, whenTrue, whenFalse, whenMissing, NewLabel());
        Mark(second);
        Branch(choose.WhenFalse, whenTrue, whenFalse, whenMissing, next);
    }

    private void BranchMissing(Typed operand, LabelTarget whenTrue, LabelTarget whenFalse, LabelTarget next)
    {
        if (operand.Type.Kind == SignalType.Bool) Branch(operand, whenFalse, whenFalse, whenTrue, next);
        else Add(Value(operand, whenTrue));
        if (whenFalse != next) Goto(whenFalse);
    }

    private void Bind(Let let, LabelTarget missing) => locals[let.Local] = Assigned(Value(let.Value, missing));
}
