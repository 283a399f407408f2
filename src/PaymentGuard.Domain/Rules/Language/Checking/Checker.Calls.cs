using System.Reflection;
using System.Text.RegularExpressions;
using PaymentGuard.Domain.Rules.Language.Functions;
using PaymentGuard.Domain.Rules.Language.Syntax;

namespace PaymentGuard.Domain.Rules.Language.Checking;

/// <content>Functions, methods and arithmetic.</content>
internal sealed partial class Checker
{
    private static readonly MethodInfo RegexIsMatch = typeof(Regex).GetMethod(nameof(Regex.IsMatch), [typeof(string)])!;

    /// <summary>What is known by name without being in the table, for offers.</summary>
    private static readonly string[] SpecialGlobals = ["has", "is_missing", "matches"], SpecialMethods = ["matches", "exists", "all", "exists_one", "map", "filter"];

    private Typed? CheckCall(Call call)
    {
        if (call.Target is not null && EntityOf(call.Target) is { } entity && IsVelocity(entity, call)) return CheckVelocity(entity, call);
        if (call.Named.Count > 0)
            return Report(DiagnosticKind.Type, call, $"'{call.Named[0].Name}:' belongs to velocities such as card.count(10m, {call.Named[0].Name}: …), not to '{call.Function}'.");
        return call.Target is null ? CheckGlobal(call) : CheckMethod(call, call.Target);
    }

    private Typed? CheckGlobal(Call call)
    {
        switch (call.Function)
        {
            case "has" or "is_missing" when call.Arguments.Count == 1: return CheckKnown(call);
            case "matches" when call.Arguments.Count == 2: return CheckRegex(call, call.Arguments[0], call.Arguments[1]);
            default:
                var group = FunctionTable.Global(call.Function);
                return group is null ? UnknownFunction(call, FunctionTable.GlobalNames.Concat(SpecialGlobals)) : CheckArguments(group, call.Arguments, call);
        }
    }

    private Typed? CheckMethod(Call call, Node target)
    {
        if (FunctionTable.Global($"{NamePath.Of(target, source)?.Text(1)}.{call.Function}") is { } qualified) return CheckArguments(qualified, call.Arguments, call);
        if (call.Function == "matches" && call.Arguments.Count == 1) return CheckRegex(call, target, call.Arguments[0]);
        if (IsMacro(call)) return CheckMacro(call, target);
        if (FunctionTable.Method(call.Function) is { } group) return CheckArguments(group, [target, .. call.Arguments], call);
        Check(target);
        return UnknownFunction(call, FunctionTable.MethodNames.Concat(SpecialMethods));
    }

    private Typed? UnknownFunction(Call call, IEnumerable<string> known)
    {
        foreach (var argument in call.Arguments) Check(argument);
        diagnostics.Add(new Diagnostic(
            DiagnosticKind.Name, $"There is no function '{call.Function}'.{Spelling.Offer(call.Function, known)}", call.NameStart, call.Function.Length));
        return null;
    }

    private Typed? CheckArguments(FunctionGroup group, IReadOnlyList<Node> nodes, Call call)
    {
        var arguments = nodes.Select(Check).ToList();
        return arguments.Contains(null) ? null : Resolve(group, [.. arguments.Select(argument => argument!)], call, NoOverload(group, call, arguments!));
    }

    private static string NoOverload(FunctionGroup group, Call call, IReadOnlyList<Typed> arguments)
    {
        var takes = group.Overloads.Select(overload => Signature(overload.Style is CallStyle.Either or CallStyle.Method && call.Target is not null, overload)).Distinct();
        return $"'{call.Function}' cannot be called with {(arguments.Count == 0 ? "nothing" : string.Join(", ", arguments.Select(argument => argument.Type)))}; it is {string.Join(" or ", takes)}.";
    }

    private static string Signature(bool isMethod, FunctionOverload overload) => isMethod
        ? $"{overload.Parameters[0]}.{overload.Name}({string.Join(", ", overload.Parameters.Skip(1))})"
        : $"{overload.Name}({string.Join(", ", overload.Parameters)})";

    private Typed? CheckOperands(Binary binary, FunctionGroup group, string sign)
    {
        var (left, right) = (Check(binary.Left), Check(binary.Right));
        if (left is null || right is null) return null;
        var hint = left.Type.Kind == SignalType.Money || right.Type.Kind == SignalType.Money ? " Money is added to money, multiplied by a number, divided by either." : "";
        return Resolve(group, [left, right], binary, $"'{sign}' does not go with {left.Type} and {right.Type}.{hint}");
    }

    /// <summary>Picks the overload: one of the very types first, then with ints as doubles, then by what only the evaluation shows.</summary>
    private Typed? Resolve(FunctionGroup group, IReadOnlyList<Typed> arguments, Node node, string mistake)
    {
        RuleType[] types = [.. arguments.Select(argument => argument.Type)];
        var fitting = group.Overloads.Where(overload => overload.Accepts(types, promote: false)).ToList();
        if (fitting.Count == 0) fitting = [.. group.Overloads.Where(overload => overload.Accepts(types, promote: true)).Take(1)];
        if (fitting.Count == 0) return Report(DiagnosticKind.Type, node, mistake);
        if (fitting.Count == 1) return MakeInvoke(fitting[0], arguments);
        var anyCall = new InvokeAny(group, [.. arguments.Select(Boxed)]);
        var results = fitting.Select(overload => overload.Result).Distinct().ToList();
        return results.Count == 1 ? As(anyCall, results[0]) : anyCall;
    }

    private static Typed Operation(string sign, params Typed[] arguments)
    {
        RuleType[] types = [.. arguments.Select(argument => argument.Type)];
        return MakeInvoke(FunctionTable.Operator(sign).Overloads.First(overload => overload.Accepts(types, promote: false)), arguments);
    }

    /// <summary>A call on constants is made at once; if it fails there, it stays and is missing whenever it is asked.</summary>
    private static Typed MakeInvoke(FunctionOverload function, IReadOnlyList<Typed> arguments)
    {
        var given = arguments.Select((argument, i) => As(argument, function.Parameters[i])).ToList();
        var type = ResultType(function, arguments);
        if (!function.TakesSignals && given.All(argument => argument is Constant)
            && function.TryInvoke([.. given.Select(argument => ((Constant)argument).Value)], out var result))
            return new Constant(result!, type);
        return new Invoke(function, given, type);
    }

    /// <summary>Lists added to lists keep the type of their elements when both have the same.</summary>
    private static RuleType ResultType(FunctionOverload function, IReadOnlyList<Typed> arguments) =>
        function is { Name: "+", Result.Kind: SignalType.List } && arguments.All(argument => argument.Type.Kind == SignalType.List)
            ? JoinLists(arguments[0].Type, arguments[1].Type)
            : function.Result;

    /// <summary><c>has(x)</c> and <c>is_missing(x)</c>, which are never missing; of an entry of a map, whether the map has it.</summary>
    private Typed? CheckKnown(Call call)
    {
        var isNegated = call.Function == "has";
        if (isNegated && call.Arguments[0] is Select select && !IsWholeName(select)) return CheckHasEntry(select);
        return Check(call.Arguments[0]) is { } operand ? Negated(isNegated, new IsMissing(operand)) : null;
    }

    private Typed? CheckRegex(Call call, Node textNode, Node patternNode)
    {
        var (text, pattern) = (Check(textNode), Check(patternNode));
        if (text is null || pattern is null) return null;
        if (pattern is not Constant { Value: string literal })
            return Report(DiagnosticKind.Type, patternNode, "A regular expression must be a text in quotes, so that it is compiled before any payment is seen.");
        if (text.Type.Kind != SignalType.Text && !text.Type.IsAny)
            return Report(DiagnosticKind.Type, textNode, $"'matches' looks at a text; '{Text(textNode)}' is of type {text.Type}.");
        if (!RegexPattern.TryCompile(literal, out var regex, out var mistake))
            return Report(DiagnosticKind.Type, patternNode, $"The regular expression cannot be used: {mistake}");
        return new Ask(regex, RegexIsMatch, As(text, RuleType.Text), 200);
    }
}
