using System.Linq.Expressions;
using System.Reflection;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules.Language.Checking;
using PaymentGuard.Domain.Rules.Language.Functions;
using PaymentGuard.Domain.Rules.Language.Syntax;

namespace PaymentGuard.Domain.Rules.Language.Compiling;

/// <content>Values and the tests on them.</content>
internal sealed partial class Emitter
{
    private static readonly ConstructorInfo NewMoney = typeof(Money).GetConstructor([typeof(long), typeof(string)])!;
    private static readonly ConstructorInfo NewDuration = typeof(Duration).GetConstructor([typeof(long)])!;
    private static readonly MethodInfo CompareText = typeof(TextFunctions).GetMethod(nameof(TextFunctions.Compare))!;
    private static readonly MethodInfo CompareMoney = typeof(MoneyFunctions).GetMethod(nameof(MoneyFunctions.TryCompare))!;
    private static readonly MethodInfo CompareAny = typeof(Values).GetMethod(nameof(Values.TryCompare))!;
    private static readonly MethodInfo EqualAny = typeof(Values).GetMethod(nameof(Values.AreEqual), [typeof(object), typeof(object)])!;
    private static readonly MethodInfo EqualText = typeof(string).GetMethod(nameof(string.Equals), [typeof(string), typeof(string)])!;
    private static readonly MethodInfo EqualObjects = typeof(object).GetMethod(nameof(Equals), [typeof(object), typeof(object)])!;
    private static readonly MethodInfo CreateMap = typeof(MapValue).GetMethod(nameof(MapValue.TryCreate))!;
    private static readonly MethodInfo InvokeGroup = typeof(FunctionGroup).GetMethod(nameof(FunctionGroup.TryInvoke))!;

    /// <summary>The value, of the type's <see cref="RuleType.ClrType"/>; jumps to <paramref name="missing"/> when there is none.</summary>
    public Expression Value(Typed node, LabelTarget missing) => node switch
    {
        Constant constant => ConstantValue(constant),
        ReadAttribute or ReadVelocity => reader.Read(this, node, missing),
        ReadLocal local => locals[local.Local],
        Let let => LetValue(let, missing),
        Invoke invoke => InvokeValue(invoke, missing),
        InvokeAny invoke => InvokeAnyValue(invoke, missing),
        Ask ask => Expression.Call(Expression.Constant(ask.Target), ask.Method, Value(ask.Value, missing)),
        Coerce coerce => CoerceValue(coerce, missing),
        Choose choose => ChooseValue(choose, missing),
        OrElse orElse => OrElseValue(orElse, missing),
        MakeList list => Assigned(Expression.NewArrayInit(typeof(object), list.Elements.Select(element => Value(element, missing)).ToList())),
        MakeMap map => MapOf(map, missing),
        Macro { Kind: MacroKind.Map } macro => MacroList(macro, missing),
        _ when node.Type.Kind == SignalType.Bool => ConditionValue(node, missing),
        _ => throw new InvalidOperationException($"No code for {node.GetType().Name}."),
    };

    private static Expression ConstantValue(Constant constant) => (constant.Value, constant.Type.IsAny) switch
    {
        (Money money, false) => Expression.New(NewMoney, Expression.Constant(money.Minor), Expression.Constant(money.Currency)),
        (Duration duration, false) => Expression.New(NewDuration, Expression.Constant(duration.Nanos)),
        _ => Expression.Constant(constant.Value, constant.Type.ClrType),
    };

    private Expression LetValue(Let let, LabelTarget missing)
    {
        Bind(let, missing);
        return Value(let.Body, missing);
    }

    private ParameterExpression ConditionValue(Typed condition, LabelTarget missing)
    {
        var (whenTrue, whenFalse, done, result) = (NewLabel(), NewLabel(), NewLabel(), Variable(typeof(bool)));
        Branch(condition, whenTrue, whenFalse, missing, whenTrue);
        Mark(whenTrue);
        Add(Expression.Assign(result, Expression.Constant(true)));
        Goto(done);
        Mark(whenFalse);
        Add(Expression.Assign(result, Expression.Constant(false)));
        Mark(done);
        return result;
    }

    private Expression InvokeValue(Invoke invoke, LabelTarget missing)
    {
        var arguments = invoke.Arguments.Select(argument => Value(argument, missing)).ToList();
        if (invoke.Function.TakesSignals) arguments.Insert(0, reader.Signals);
        if (!invoke.Function.CanFail) return Expression.Call(invoke.Function.Method, arguments);
        var result = Variable(invoke.Function.Result.ClrType);
        GotoIf(Expression.Not(Expression.Call(invoke.Function.Method, [.. arguments, result])), missing);
        return result;
    }

    private ParameterExpression InvokeAnyValue(InvokeAny invoke, LabelTarget missing)
    {
        var arguments = Expression.NewArrayInit(typeof(object), invoke.Arguments.Select(argument => Value(argument, missing)).ToList());
        var result = Variable(typeof(object));
        GotoIf(Expression.Not(Expression.Call(Expression.Constant(invoke.Functions), InvokeGroup, arguments, result)), missing);
        return result;
    }

    private Expression CoerceValue(Coerce coerce, LabelTarget missing)
    {
        var value = Value(coerce.Operand, missing);
        if (!coerce.Operand.Type.IsAny) return Expression.Convert(value, coerce.Type.ClrType);
        var any = Assigned(value);
        var type = coerce.Type.Kind == SignalType.Null ? typeof(NullValue) : coerce.Type.ClrType;
        GotoIf(Expression.Not(Expression.TypeIs(any, type)), missing);
        return Expression.Convert(any, coerce.Type.ClrType);
    }

    private ParameterExpression ChooseValue(Choose choose, LabelTarget missing)
    {
        var (whenTrue, whenFalse, done, result) = (NewLabel(), NewLabel(), NewLabel(), Variable(choose.Type.ClrType));
        Branch(choose.Condition, whenTrue, whenFalse, missing, whenTrue);
        Mark(whenTrue);
        Add(Expression.Assign(result, Value(choose.WhenTrue, missing)));
        Goto(done);
        Mark(whenFalse);
        Add(Expression.Assign(result, Value(choose.WhenFalse, missing)));
        Mark(done);
        return result;
    }

    private ParameterExpression OrElseValue(OrElse orElse, LabelTarget missing)
    {
        var (fallback, done, result) = (NewLabel(), NewLabel(), Variable(orElse.Type.ClrType));
        Add(Expression.Assign(result, Value(orElse.Operand, fallback)));
        Goto(done);
        Mark(fallback);
        Add(Expression.Assign(result, Value(orElse.Fallback, missing)));
        Mark(done);
        return result;
    }

    private ParameterExpression MapOf(MakeMap map, LabelTarget missing)
    {
        var keys = Expression.NewArrayInit(typeof(object), map.Keys.Select(key => Value(key, missing)).ToList());
        var values = Expression.NewArrayInit(typeof(object), map.Values.Select(value => Value(value, missing)).ToList());
        var result = Variable(typeof(MapValue));
        GotoIf(Expression.Not(Expression.Call(CreateMap, keys, values, result)), missing);
        return result;
    }

    private Expression EqualTest(Equal equal, LabelTarget missing)
    {
        var (left, right) = (Value(equal.Left, missing), Value(equal.Right, missing));
        return equal.Left.Type.Kind switch
        {
            SignalType.Bool or SignalType.Int or SignalType.Double => Expression.Equal(left, right),
            SignalType.Text => Expression.Call(EqualText, left, right),
            SignalType.Timestamp or SignalType.Duration => Expression.Equal(Nanos(left), Nanos(right)),
            SignalType.Network => Expression.Equal(left, right),
            SignalType.Money => Expression.Equal(Order(CompareMoney, left, right, missing), Expression.Constant(0)),
            SignalType.Ip or SignalType.Null => Expression.Call(EqualObjects, left, right),
            SignalType.List or SignalType.Map or SignalType.Any => Expression.Call(EqualAny, left, right),
        };
    }

    private Expression OrderTest(Compare compare, LabelTarget missing)
    {
        var (left, right) = (Value(compare.Left, missing), Value(compare.Right, missing));
        return compare.Left.Type.Kind switch
        {
            SignalType.Bool => OrderTest(compare.Operator, AsNumber(left), AsNumber(right)),
            SignalType.Timestamp or SignalType.Duration => OrderTest(compare.Operator, Nanos(left), Nanos(right)),
            SignalType.Text => OrderTest(compare.Operator, Expression.Call(CompareText, left, right), Expression.Constant(0)),
            SignalType.Money => OrderTest(compare.Operator, Order(CompareMoney, left, right, missing), Expression.Constant(0)),
            SignalType.Any => OrderTest(compare.Operator, Order(CompareAny, left, right, missing), Expression.Constant(0)),
            _ => OrderTest(compare.Operator, left, right),
        };
    }

    private static BinaryExpression OrderTest(Operator @operator, Expression left, Expression right) => @operator switch
    {
        Operator.Less => Expression.LessThan(left, right),
        Operator.LessOrEqual => Expression.LessThanOrEqual(left, right),
        Operator.Greater => Expression.GreaterThan(left, right),
        Operator.GreaterOrEqual => Expression.GreaterThanOrEqual(left, right),
        _ => throw new ArgumentOutOfRangeException(nameof(@operator)),
    };

    private ParameterExpression Order(MethodInfo tryCompare, Expression left, Expression right, LabelTarget missing)
    {
        var order = Variable(typeof(int));
        GotoIf(Expression.Not(Expression.Call(tryCompare, reader.Signals, left, right, order)), missing);
        return order;
    }

    private static ConditionalExpression AsNumber(Expression flag) => Expression.Condition(flag, Expression.Constant(1), Expression.Constant(0));

    /// <summary>Of a timestamp or duration; a constant without the struct round it.</summary>
    private static Expression Nanos(Expression value) =>
        value is NewExpression { Arguments: [var nanos] } ? nanos : Expression.Property(value, nameof(Duration.Nanos));
}
