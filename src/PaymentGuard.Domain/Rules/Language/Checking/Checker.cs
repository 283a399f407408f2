using System.Net;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules.Language.Syntax;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Domain.Rules.Language.Checking;

/// <summary>
/// Settles names and types. Every method returns null after it has reported a mistake, or when a part of its node is null already: so each mistake
/// is told once, and the rest of the expression is still looked at.
/// </summary>
internal sealed partial class Checker(string source, LanguageScope scope, List<Diagnostic> diagnostics)
{
    private readonly List<(string Name, Local Local)> locals = [];
    private readonly List<AttributeDefinition> attributes = [];
    private readonly List<VelocityQuery> velocities = [];
    private readonly List<string> lists = [];
    private int nodesOfNamedVelocities;

    /// <summary>What was read on the way, each once, in the order of reading.</summary>
    public IReadOnlyList<AttributeDefinition> Attributes => [.. attributes.Distinct()];

    public IReadOnlyList<VelocityQuery> Velocities => [.. velocities.Distinct()];

    public IReadOnlyList<string> Lists => [.. lists.Distinct()];

    public Typed? Check(Node node) => node switch
    {
        Literal literal => new Constant(literal.Value, TypeOf(literal.Value)),
        Name or Select => CheckPath(node),
        Syntax.Index index => CheckIndex(index),
        Call call => CheckCall(call),
        Unary unary => CheckUnary(unary),
        Binary binary => CheckBinary(binary),
        Between between => CheckBetween(between),
        MissingTest test => Negated(test.IsNegated, Check(test.Operand) is { } operand ? new IsMissing(operand) : null),
        Conditional conditional => CheckConditional(conditional),
        ListNode list => CheckList(list),
        MapNode map => CheckMap(map),
        ListReference reference => Report(DiagnosticKind.Type, reference, $"A list such as @{reference.List} can only stand after 'in' or 'not in'."),
        Chain chain => CheckNames(chain.First, chain.Second),
        Unreadable => null,
        _ => throw new InvalidOperationException($"No check for {node.GetType().Name}."),
    };

    private static RuleType TypeOf(object value) => RuleType.OfValue(value);

    private Typed? Report(DiagnosticKind kind, Node node, string message)
    {
        diagnostics.Add(new Diagnostic(kind, message, node.Start, node.Length));
        return null;
    }

    /// <summary>Where the structure is in doubt, types are too; a name that does not exist is wrong whatever was meant.</summary>
    public Typed? CheckNames(params ReadOnlySpan<Node> nodes)
    {
        var before = diagnostics.Count;
        foreach (var node in nodes) Check(node);
        var names = diagnostics.Skip(before).Where(diagnostic => diagnostic.Kind == DiagnosticKind.Name).ToList();
        diagnostics.RemoveRange(before, diagnostics.Count - before);
        diagnostics.AddRange(names);
        return null;
    }

    private string Text(Node node) => source.Substring(node.Start, node.Length);

    private static Typed? Negated(bool isNegated, Typed? operand) => isNegated && operand is not null ? new Not(operand) : operand;

    /// <summary>A dotted name as far as one is known, the longest first; what follows selects from its value.</summary>
    private Typed? CheckPath(Node node)
    {
        var path = NamePath.Of(node, source);
        if (path is null) return CheckSelect((Select)node);
        if (!path.IsRooted && FindLocal(path.First) is { } local) return SelectRest(new ReadLocal(local), path, 1);
        for (var count = path.Count; count > 0; count--)
            if (CheckName(path.Text(count), path.Node(count)) is var (found, value) && found) return value is null ? null : SelectRest(value, path, count);
        return Report(DiagnosticKind.Name, node, UnknownName(path));
    }

    private Typed? SelectRest(Typed value, NamePath path, int count)
    {
        Typed? result = value;
        for (; count < path.Count && result is not null; count++) result = CheckSelect(result, path.Node(count + 1), path.Part(count));
        return result;
    }

    private Local? FindLocal(string name)
    {
        for (var i = locals.Count - 1; i >= 0; i--)
            if (locals[i].Name == name) return locals[i].Local;
        return null;
    }

    private (bool Found, Typed? Value) CheckName(string name, Node node)
    {
        if (scope.Attributes.TryGetValue(name, out var attribute))
        {
            attributes.Add(attribute);
            return (true, new ReadAttribute(attribute));
        }
        return scope.NamedVelocities.TryGetValue(name, out var expression) ? (true, CheckNamedVelocity(name, expression, node)) : (false, null);
    }

    private string UnknownName(NamePath path)
    {
        var name = path.Text(path.Count);
        if (scope.Entities.ContainsKey(path.First) && path.Count == 1)
            return $"'{name}' is counted, it has no value of its own: ask for a velocity, such as {name}.count(10m).";
        return $"There is no attribute '{name}'.{Spelling.Offer(name, scope.Attributes.Keys.Concat(scope.NamedVelocities.Keys))}";
    }

    private Typed? CheckConditional(Conditional conditional)
    {
        var condition = CheckCondition(conditional.Condition, "The part before '?'");
        var (whenTrue, whenFalse) = (Check(conditional.WhenTrue), Check(conditional.WhenFalse));
        if (whenTrue is null || whenFalse is null) return null;
        if (RuleType.Join(whenTrue.Type, whenFalse.Type, promote: true) is not { } type)
            return Report(DiagnosticKind.Type, conditional, $"Both values of a conditional need one type; these are {whenTrue.Type} and {whenFalse.Type}.");
        return condition is null ? null : new Choose(condition, As(whenTrue, type), As(whenFalse, type));
    }

    /// <summary>An operand of a logical operator.</summary>
    private Typed? CheckCondition(Node node, string role)
    {
        var operand = Check(node);
        if (operand is null) return null;
        if (operand.Type.IsAny) return new Coerce(operand, RuleType.Bool);
        if (operand.Type.Kind == SignalType.Bool) return operand;
        return Report(DiagnosticKind.Type, node, $"{role} needs a condition; '{Text(node)}' is of type {operand.Type}.");
    }

    /// <summary>The value in another type that it can take; a constant is converted at once.</summary>
    private static Typed As(Typed operand, RuleType type)
    {
        if (operand.Type.Kind == type.Kind) return operand;
        if (operand is Constant { Value: long number } && type.Kind == SignalType.Double) return new Constant((double)number, RuleType.Double);
        if (operand is Constant { Value: var value } && type.IsAny) return new Constant(value, RuleType.Any);
        return new Coerce(operand, type);
    }

    private static Typed Boxed(Typed operand) => As(operand, RuleType.Any);

    /// <summary>The expression that a name of the rule set stands for; its mistakes are told where the name is used.</summary>
    private Typed? CheckNamedVelocity(string name, string expression, Node node)
    {
        var mistakes = new List<Diagnostic>();
        var root = Parser.Parse(expression, mistakes, out var nodes);
        if ((nodesOfNamedVelocities += nodes) > LanguageLimits.NodesMax)
            return Report(DiagnosticKind.Limit, node, $"With what '{name}' stands for, the expression has more than {LanguageLimits.NodesMax} names, values and operators.");
        var checker = new Checker(expression, scope.WithoutNamedVelocities, mistakes);
        var value = mistakes.Count == 0 ? checker.Check(root) : null;
        attributes.AddRange(checker.attributes);
        velocities.AddRange(checker.velocities);
        lists.AddRange(checker.lists);
        return mistakes.Count == 0 ? value : Report(mistakes[0].Kind, node, $"The velocity '{name}' ({expression}) is wrong: {mistakes[0].Message}");
    }
}
