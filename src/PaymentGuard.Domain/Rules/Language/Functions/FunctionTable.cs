using System.Collections.Frozen;
using System.Reflection;
using PaymentGuard.Domain.Rules.Language.Checking;

namespace PaymentGuard.Domain.Rules.Language.Functions;

internal enum CallStyle : byte
{
    /// <summary><c>f(x)</c></summary>
    Global,
    /// <summary><c>x.f()</c></summary>
    Method,
    /// <summary>Both.</summary>
    Either,
    /// <summary>Written as a sign.</summary>
    Operator,
}

/// <summary>
/// Makes a static method a function of the language; its parameters say what it takes. A method that can fail is called Try…, returns bool and
/// puts its result out: false makes the value missing. None throws.
/// </summary>
/// <param name="cost">In comparisons of two numbers.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class RuleFunctionAttribute(string name, CallStyle style = CallStyle.Global, int cost = 1) : Attribute
{
    public string Name => name;

    public CallStyle Style => style;

    public int Cost => cost;

    /// <summary>The type of a resulting list's elements.</summary>
    public SignalType Elements { get; init; } = SignalType.Any;
}

/// <summary>One way to call a function.</summary>
/// <param name="TakesSignals">Whether the method's first parameter is the payment's signals (for exchange rates); null is passed where there are none.</param>
internal sealed record FunctionOverload(
    string Name, CallStyle Style, IReadOnlyList<RuleType> Parameters, RuleType Result, MethodInfo Method, bool CanFail, bool TakesSignals, int Cost)
{
    public static FunctionOverload Of(RuleFunctionAttribute function, MethodInfo method)
    {
        var parameters = method.GetParameters();
        var takesSignals = parameters is [var first, ..] && first.ParameterType == typeof(Signals);
        var canFail = parameters is [.., { IsOut: true }];
        var result = canFail ? parameters[^1].ParameterType.GetElementType()! : method.ReturnType;
        return new FunctionOverload(
            function.Name,
            function.Style,
            [.. parameters[(takesSignals ? 1 : 0)..(canFail ? ^1 : ^0)].Select(parameter => RuleType.Of(parameter.ParameterType))],
            result == typeof(object[]) ? RuleType.ListOf(RuleType.Of(function.Elements)) : RuleType.Of(result),
            method,
            canFail,
            takesSignals,
            function.Cost);
    }

    /// <summary>Whether the arguments fit; those of any type do.</summary>
    public bool Accepts(IReadOnlyList<RuleType> arguments, bool promote)
    {
        if (arguments.Count != Parameters.Count) return false;
        for (var i = 0; i < arguments.Count; i++)
            if (!Accepts(Parameters[i], arguments[i], promote)) return false;
        return true;
    }

    private static bool Accepts(RuleType parameter, RuleType argument, bool promote) =>
        parameter.Kind == argument.Kind || parameter.IsAny || argument.IsAny
        || (promote && parameter.Kind == SignalType.Double && argument.Kind == SignalType.Int);

    /// <summary>Calls it with boxed arguments, for constants and for types known only at evaluation.</summary>
    public bool TryInvoke(IReadOnlyList<object> arguments, out object? result)
    {
        object?[] all = [.. TakesSignals ? [null] : Array.Empty<object?>(), .. arguments, .. CanFail ? [null] : Array.Empty<object?>()];
        var returned = Method.Invoke(null, all);
        result = CanFail ? all[^1] : returned;
        return !CanFail || (bool)returned!;
    }
}

/// <summary>All overloads of one name in one style.</summary>
internal sealed class FunctionGroup(IReadOnlyList<FunctionOverload> overloads)
{
    public IReadOnlyList<FunctionOverload> Overloads => overloads;

    /// <summary>Picks the overload by the types that the values have. No int becomes a double here: CEL promotes nothing.</summary>
    public bool TryInvoke(object[] arguments, out object? result)
    {
        result = null;
        var types = Array.ConvertAll(arguments, RuleType.OfValue);
        foreach (var overload in overloads)
            if (overload.Accepts(types, promote: false)) return overload.TryInvoke(arguments, out result);
        return false;
    }
}

/// <summary>Every function and operator of the language.</summary>
internal static class FunctionTable
{
    private static readonly Type[] Sources =
        [typeof(NumberFunctions), typeof(ConversionFunctions), typeof(TextFunctions), typeof(TimeFunctions), typeof(MoneyFunctions), typeof(NetworkFunctions), typeof(CollectionFunctions)];

    private static readonly FunctionOverload[] All =
    [
        .. from source in Sources
           from method in source.GetMethods(BindingFlags.Static | BindingFlags.Public)
           from function in method.GetCustomAttributes<RuleFunctionAttribute>()
           select FunctionOverload.Of(function, method),
    ];

    private static readonly FrozenDictionary<string, FunctionGroup> Globals = Group(CallStyle.Global, CallStyle.Either);
    private static readonly FrozenDictionary<string, FunctionGroup> Methods = Group(CallStyle.Method, CallStyle.Either);
    private static readonly FrozenDictionary<string, FunctionGroup> Operators = Group(CallStyle.Operator, CallStyle.Operator);

    public static IEnumerable<string> GlobalNames => Globals.Keys;

    public static IEnumerable<string> MethodNames => Methods.Keys;

    public static FunctionGroup? Global(string name) => Globals.GetValueOrDefault(name);

    public static FunctionGroup? Method(string name) => Methods.GetValueOrDefault(name);

    public static FunctionGroup Operator(string sign) => Operators[sign];

    private static FrozenDictionary<string, FunctionGroup> Group(CallStyle style, CallStyle other) =>
        All.Where(function => function.Style == style || function.Style == other)
            .GroupBy(function => function.Name)
            .ToFrozenDictionary(group => group.Key, group => new FunctionGroup([.. group]), StringComparer.Ordinal);
}
