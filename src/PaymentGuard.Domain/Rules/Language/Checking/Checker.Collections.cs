using PaymentGuard.Domain.Rules.Language.Functions;
using PaymentGuard.Domain.Rules.Language.Syntax;

namespace PaymentGuard.Domain.Rules.Language.Checking;

/// <content>Lists, maps, and the macros that walk them.</content>
internal sealed partial class Checker
{
    private Typed? CheckList(ListNode list)
    {
        var elements = list.Elements.Select(Check).ToList();
        if (elements.Contains(null)) return null;
        var type = RuleType.ListOf(CommonType(elements!));
        if (elements.All(element => element is Constant)) return new Constant(elements.Select(element => ((Constant)element!).Value).ToArray(), type);
        return new MakeList([.. elements.Select(element => Boxed(element!))], type);
    }

    private Typed? CheckMap(MapNode map)
    {
        var keys = map.Entries.Select(entry => CheckKey(entry.Key)).ToList();
        var values = map.Entries.Select(entry => Check(entry.Value)).ToList();
        if (keys.Contains(null) || values.Contains(null)) return null;
        var type = RuleType.MapOf(CommonType(keys!), CommonType(values!));
        if (keys.Concat(values).All(part => part is Constant)
            && MapValue.TryCreate([.. keys.Select(key => ((Constant)key!).Value)], [.. values.Select(value => ((Constant)value!).Value)], out var constant))
            return new Constant(constant, type);
        return new MakeMap([.. keys.Select(key => Boxed(key!))], [.. values.Select(value => Boxed(value!))], type);
    }

    private Typed? CheckKey(Node node)
    {
        var key = Check(node);
        return key is null || key.Type.Kind is SignalType.Bool or SignalType.Int or SignalType.Text or SignalType.Any
            ? key
            : Report(DiagnosticKind.Type, node, $"A key of a map is a bool, an int or a text; '{Text(node)}' is of type {key.Type}.");
    }

    private static RuleType CommonType(IReadOnlyList<Typed> parts) =>
        parts.Count == 0 ? RuleType.Any : parts.Select(part => part.Type).Aggregate((left, right) => RuleType.Join(left, right, promote: false) ?? RuleType.Any);

    private static RuleType JoinLists(RuleType left, RuleType right) =>
        RuleType.Join(left, right, promote: false) ?? RuleType.AnyList;

    private Typed? CheckIndex(Syntax.Index index)
    {
        var (operand, key) = (Check(index.Operand), Check(index.Key));
        if (operand is null || key is null) return null;
        return operand.Type.Kind switch
        {
            SignalType.List when key.Type.Kind == SignalType.Int || key.Type.IsAny => ElementOf(operand, As(key, RuleType.Int)),
            SignalType.Map when RuleType.AreComparable(operand.Type.Key!, key.Type) => ElementOf(operand, Boxed(key)),
            SignalType.Any => new InvokeAny(FunctionTable.Operator("[]"), [operand, Boxed(key)]),
            SignalType.List => Report(DiagnosticKind.Type, index.Key, $"The place in a list is an int; '{Text(index.Key)}' is of type {key.Type}."),
            SignalType.Map => Report(DiagnosticKind.Type, index.Key, $"The keys of this map are of type {operand.Type.Key}; '{Text(index.Key)}' is of type {key.Type}."),
            _ => Report(DiagnosticKind.Type, index, $"Only lists and maps have elements; '{Text(index.Operand)}' is of type {operand.Type}."),
        };
    }

    private static Typed ElementOf(Typed collection, Typed key) => As(Operation("[]", collection, key), collection.Type.Element!);

    private Typed? CheckSelect(Select select) => Check(select.Operand) is { } operand ? CheckSelect(operand, select, select.Field) : null;

    private Typed? CheckSelect(Typed operand, Node node, string field)
    {
        if (operand.Type.IsAny) operand = As(operand, RuleType.AnyMap);
        if (operand.Type.Kind == SignalType.Map && RuleType.AreComparable(operand.Type.Key!, RuleType.Text))
            return ElementOf(operand, new Constant(field, RuleType.Any));
        return Report(DiagnosticKind.Type, node, $"'{Text(node)}' does not exist: what stands before the last dot is of type {operand.Type} and has no parts.");
    }

    /// <summary>Whether a map has an entry, as CEL's <c>has</c> asks.</summary>
    private Typed? CheckHasEntry(Select select)
    {
        if (NamePath.Of(select, source) is { } path && !IsKnown(path)) return Report(DiagnosticKind.Name, select, UnknownName(path));
        if (Check(select.Operand) is not { } operand) return null;
        if (operand.Type.IsAny) operand = As(operand, RuleType.AnyMap);
        return operand.Type.Kind == SignalType.Map
            ? Operation("has", operand, new Constant(select.Field, RuleType.Text))
            : CheckSelect(operand, select, select.Field);
    }

    /// <summary>Whether the path, or its beginning, is a name.</summary>
    private bool IsKnown(NamePath path) =>
        (!path.IsRooted && FindLocal(path.First) is not null) || Enumerable.Range(1, path.Count).Any(count => IsName(path.Text(count)));

    private bool IsName(string name) => scope.Attributes.ContainsKey(name) || scope.NamedVelocities.ContainsKey(name);

    /// <summary>Whether the node is an attribute or named velocity as a whole, and not an entry of a map.</summary>
    private bool IsWholeName(Node node) =>
        NamePath.Of(node, source) is { } path && (path.IsRooted || FindLocal(path.First) is null) && IsName(path.Text(path.Count));

    private static bool IsMacro(Call call) => (call.Function, call.Arguments.Count) is ("all" or "exists" or "exists_one" or "filter" or "map", 2) or ("map", 3);

    private Typed? CheckMacro(Call call, Node target)
    {
        var range = Check(target);
        if (range is not null && range.Type.Kind is not (SignalType.List or SignalType.Map or SignalType.Any))
            return Report(DiagnosticKind.Type, target, $"'{call.Function}' walks a list or a map; '{Text(target)}' is of type {range.Type}.");
        if (call.Arguments[0] is not Name { IsRooted: false } variable)
            return Report(DiagnosticKind.Syntax, call.Arguments[0], $"The first argument of '{call.Function}' names the element: list.{call.Function}(x, …).");
        var element = new Local(range?.Type.Key ?? range?.Type.Element ?? RuleType.Any);
        locals.Add((variable.Text, element));
        var macro = MakeMacro(call, range, element);
        locals.RemoveAt(locals.Count - 1);
        return macro;
    }

    private Macro? MakeMacro(Call call, Typed? range, Local element)
    {
        var isMap = call.Function == "map";
        var condition = isMap && call.Arguments.Count == 2 ? null : CheckCondition(call.Arguments[1], $"'{call.Function}'");
        var result = isMap ? Check(call.Arguments[^1]) : null;
        if (range is null || (condition is null && (!isMap || call.Arguments.Count == 3)) || (result is null && isMap)) return null;
        return call.Function switch
        {
            "all" => new Macro(MacroKind.All, range, element, condition, null, RuleType.Bool),
            "exists" => new Macro(MacroKind.Exists, range, element, condition, null, RuleType.Bool),
            "exists_one" => new Macro(MacroKind.ExistsOne, range, element, condition, null, RuleType.Bool),
            "filter" => new Macro(MacroKind.Map, range, element, condition, Boxed(new ReadLocal(element)), RuleType.ListOf(element.Type)),
            _ => new Macro(MacroKind.Map, range, element, condition, Boxed(result!), RuleType.ListOf(result!.Type)),
        };
    }
}
