using System.Linq.Expressions;
using System.Reflection;
using PaymentGuard.Domain.Rules.Language.Checking;

namespace PaymentGuard.Domain.Rules.Language.Compiling;

/// <content>Macros: loops over the boxed elements of a list or the keys of a map.</content>
internal sealed partial class Emitter
{
    private static readonly MethodInfo Elements = typeof(Values).GetMethod(nameof(Values.TryElements))!;
    private static readonly MethodInfo AddToList = typeof(List<object>).GetMethod(nameof(List<object>.Add))!;
    private static readonly MethodInfo ListToArray = typeof(List<object>).GetMethod(nameof(List<object>.ToArray))!;

    private void BranchMacro(Macro macro, LabelTarget whenTrue, LabelTarget whenFalse, LabelTarget whenMissing, LabelTarget next)
    {
        if (macro.Kind == MacroKind.ExistsOne) BranchExistsOne(macro, whenTrue, whenFalse, whenMissing, next);
        else BranchRow(macro, macro.Kind == MacroKind.All, whenTrue, whenFalse, whenMissing, next);
    }

    /// <summary>All is a row of <c>and</c>, exists one of <c>or</c>: one element may decide although another is missing.</summary>
    private void BranchRow(Macro macro, bool isAnd, LabelTarget whenTrue, LabelTarget whenFalse, LabelTarget whenMissing, LabelTarget next)
    {
        var sawMissing = Assigned(Expression.Constant(false));
        Loop(macro, whenMissing, goOn =>
        {
            var partMissing = NewLabel();
            Branch(macro.Condition!, isAnd ? goOn : whenTrue, isAnd ? whenFalse : goOn, partMissing, partMissing);
            Mark(partMissing);
            Add(Expression.Assign(sawMissing, Expression.Constant(true)));
        });
        BranchIf(sawMissing, whenMissing, isAnd ? whenTrue : whenFalse, next);
    }

    private void BranchExistsOne(Macro macro, LabelTarget whenTrue, LabelTarget whenFalse, LabelTarget whenMissing, LabelTarget next)
    {
        var count = Assigned(Expression.Constant(0));
        Loop(macro, whenMissing, goOn =>
        {
            var isMatch = NewLabel();
            Branch(macro.Condition!, isMatch, goOn, whenMissing, isMatch);
            Mark(isMatch);
            Add(Expression.Assign(count, Expression.Add(count, Expression.Constant(1))));
        });
        BranchIf(Expression.Equal(count, Expression.Constant(1)), whenTrue, whenFalse, next);
    }

    private ParameterExpression MacroList(Macro macro, LabelTarget missing)
    {
        var list = Assigned(Expression.New(typeof(List<object>)));
        Loop(macro, missing, goOn =>
        {
            var isKept = NewLabel();
            if (macro.Condition is not null) Branch(macro.Condition, isKept, goOn, missing, isKept);
            Mark(isKept);
            Add(Expression.Call(list, AddToList, Value(macro.Result!, missing)));
        });
        return Assigned(Expression.Call(list, ListToArray));
    }

    /// <param name="body">Is given the label that goes on with the next element.</param>
    private void Loop(Macro macro, LabelTarget rangeMissing, Action<LabelTarget> body)
    {
        var elements = RangeElements(macro.Range, rangeMissing);
        var (goOn, done, index) = (NewLabel(), NewLabel(), Assigned(Expression.Constant(-1)));
        Mark(goOn);
        Add(Expression.Assign(index, Expression.Add(index, Expression.Constant(1))));
        GotoIf(Expression.GreaterThanOrEqual(index, Expression.ArrayLength(elements)), done);
        locals[macro.Element] = Assigned(Expression.Convert(Expression.ArrayIndex(elements, index), macro.Element.Type.ClrType));
        body(goOn);
        Goto(goOn);
        Mark(done);
    }

    private ParameterExpression RangeElements(Typed range, LabelTarget missing)
    {
        var elements = Variable(typeof(object[]));
        GotoIf(Expression.Not(Expression.Call(Elements, Value(range, missing), elements)), missing);
        return elements;
    }
}
