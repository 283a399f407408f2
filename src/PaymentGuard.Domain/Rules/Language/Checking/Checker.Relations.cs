using System.Collections.Frozen;
using System.Net;
using System.Reflection;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules.Language.Functions;
using PaymentGuard.Domain.Rules.Language.Syntax;

namespace PaymentGuard.Domain.Rules.Language.Checking;

/// <content>Logic, comparisons and membership.</content>
internal sealed partial class Checker
{
    /// <summary>From here on one look-up in a set is cheaper than comparing with each.</summary>
    private const int TextSetCountMin = 9;

    private static readonly MethodInfo TextSetContains = typeof(FrozenSet<string>).GetMethod(nameof(FrozenSet<string>.Contains), [typeof(string)])!;
    private static readonly MethodInfo NetworkSetContains = typeof(NetworkSet).GetMethod(nameof(NetworkSet.Contains))!;
    private static readonly MethodInfo LikeMatches = typeof(LikePattern).GetMethod(nameof(LikePattern.Matches))!;
    private static readonly MethodInfo ListContainsText = typeof(NamedList).GetMethod(nameof(NamedList.ContainsText), BindingFlags.Instance | BindingFlags.NonPublic)!;
    private static readonly MethodInfo ListContainsAddress = typeof(NamedList).GetMethod(nameof(NamedList.ContainsAddress), BindingFlags.Instance | BindingFlags.NonPublic)!;

    private Typed? CheckBinary(Binary binary) => binary.Operator switch
    {
        Operator.And or Operator.Or => CheckLogic(binary),
        Operator.Equal => CheckEqual(binary),
        Operator.NotEqual => Negated(true, CheckEqual(binary)),
        Operator.Less or Operator.LessOrEqual or Operator.Greater or Operator.GreaterOrEqual => CheckOrder(binary),
        Operator.In => CheckMembership(binary),
        Operator.Like => CheckLike(binary),
        Operator.Default => CheckDefault(binary),
        Operator.Contains => CheckOperands(binary, FunctionTable.Method("contains")!, "contains"),
        _ => CheckOperands(binary, FunctionTable.Operator(Sign(binary.Operator)), Sign(binary.Operator)),
    };

    private static string Sign(Operator @operator) => @operator switch
    {
        Operator.Add => "+",
        Operator.Subtract => "-",
        Operator.Multiply => "*",
        Operator.Divide => "/",
        Operator.Modulo => "%",
        Operator.Negate => "negate",
        _ => throw new ArgumentOutOfRangeException(nameof(@operator)),
    };

    private Typed? CheckUnary(Unary unary)
    {
        if (unary.Operator == Operator.Not) return Negated(true, CheckCondition(unary.Operand, Text(unary).StartsWith('!') ? "'!'" : "'not'"));
        return Check(unary.Operand) is { } operand
            ? Resolve(FunctionTable.Operator("negate"), [operand], unary, $"'-' takes a number, a duration or money; '{Text(unary.Operand)}' is of type {operand.Type}.")
            : null;
    }

    /// <summary>A row of the same operator is one node: it is long, not deep.</summary>
    private Logic? CheckLogic(Binary binary)
    {
        var word = binary.Operator == Operator.And ? "and" : "or";
        var operands = new Stack<Node>();
        Node rest = binary;
        for (; rest is Binary row && row.Operator == binary.Operator; rest = row.Left) operands.Push(row.Right);
        operands.Push(rest);
        var parts = operands.Select(operand => CheckCondition(operand, $"'{word}'")).ToList();
        return parts.Contains(null) ? null : new Logic(binary.Operator == Operator.And, [.. parts.Select(part => part!)]);
    }

    private Typed? CheckDefault(Binary binary)
    {
        var (left, right) = (Check(binary.Left), Check(binary.Right));
        if (left is null || right is null) return null;
        if (RuleType.Join(left.Type, right.Type, promote: true) is { } type) return new OrElse(As(left, type), As(right, type));
        return Report(DiagnosticKind.Type, binary, $"A default needs the type of what it stands in for: '{Text(binary.Left)}' is of type {left.Type}, '{Text(binary.Right)}' of type {right.Type}.");
    }

    private Typed? CheckEqual(Binary binary)
    {
        var (left, right) = (Check(binary.Left), Check(binary.Right));
        if (left is null || right is null) return null;
        CheckLiteral(left, binary.Right, right);
        CheckLiteral(right, binary.Left, left);
        return MakeEqual(left, right) ?? Report(DiagnosticKind.Type, binary, CannotCompare(binary.Left, left, binary.Right, right));
    }

    /// <summary>In a <c>where:</c>, a comparison that could never be true: with an outcome that does not exist, or in a currency that logs do not keep.</summary>
    private void CheckLiteral(Typed compared, Node literalNode, Typed literal)
    {
        if (compared is not ReadAttribute { Attribute: var attribute } || !scope.IsWhere) return;
        if (attribute == WhereScope.Outcome && literal is Constant { Value: string word } && !WhereScope.Outcomes.Contains(word))
            Report(DiagnosticKind.Name, literalNode, $"There is no outcome '{word}'; it is 'authorized' or 'declined'.{Spelling.Offer(word, WhereScope.Outcomes)}");
        if (literal is Constant { Value: Money { Currency: not Currencies.Base } money })
            Report(DiagnosticKind.Type, literalNode, $"Logged amounts are in {Currencies.Base}: write the limit in {Currencies.Base} instead of {money.Currency}.");
    }

    /// <summary>Null when values of the two can never be equal.</summary>
    private static Equal? MakeEqual(Typed left, Typed right)
    {
        if (!RuleType.AreComparable(left.Type, right.Type)) return null;
        var type = left.Type.Kind == right.Type.Kind ? left.Type : left.Type.IsNumber && right.Type.IsNumber ? RuleType.Double : RuleType.Any;
        return new Equal(As(left, type), As(right, type));
    }

    private Typed? CheckOrder(Binary binary)
    {
        var (left, right) = (Check(binary.Left), Check(binary.Right));
        if (left is null || right is null) return null;
        CheckLiteral(left, binary.Right, right);
        CheckLiteral(right, binary.Left, left);
        return MakeOrder(binary.Operator, left, right) ?? Report(DiagnosticKind.Type, binary, CannotCompare(binary.Left, left, binary.Right, right));
    }

    private static Compare? MakeOrder(Operator @operator, Typed left, Typed right)
    {
        if (!left.Type.IsOrdered || !right.Type.IsOrdered || !RuleType.AreComparable(left.Type, right.Type)) return null;
        var type = left.Type.Kind == right.Type.Kind ? left.Type : left.Type.IsNumber && right.Type.IsNumber ? RuleType.Double : RuleType.Any;
        return new Compare(@operator, As(left, type), As(right, type));
    }

    private string CannotCompare(Node leftNode, Typed left, Node rightNode, Typed right)
    {
        var (kinds, literal) = (new[] { left.Type.Kind, right.Type.Kind }, right is Constant ? rightNode : leftNode);
        var fix = kinds switch
        {
            _ when kinds[0] == kinds[1] => $" Values of type {left.Type} have no order.",
            _ when kinds.Contains(SignalType.Null) => $" Whether it is known is asked by '{Text(literal == rightNode ? leftNode : rightNode)} is missing'.",
            _ when kinds.Contains(SignalType.Money) => $" Money needs a currency: write '{Text(literal)} EUR'.",
            _ when kinds.Contains(SignalType.Duration) => $" A duration needs a unit: write '{Text(literal)}h' or another of ms, s, m, h, d, w.",
            _ when kinds.Contains(SignalType.Ip) && kinds.Contains(SignalType.Text) => " Addresses are written without quotes: 203.0.113.9.",
            _ when kinds.Contains(SignalType.Ip) && kinds.Contains(SignalType.Network) => " For an address in a network write 'in'.",
            _ when kinds.Contains(SignalType.Text) && literal is Literal => $" Texts are written in quotes, numbers without.",
            _ => "",
        };
        return $"'{Text(leftNode)}' is of type {left.Type} and cannot be compared with '{Text(rightNode)}' of type {right.Type}.{fix}";
    }

    /// <summary>x between a and b is x &gt;= a and x &lt;= b, with x computed once.</summary>
    private Typed? CheckBetween(Between between)
    {
        var (operand, low, high) = (Check(between.Operand), Check(between.Low), Check(between.High));
        if (operand is null || low is null || high is null) return null;
        var local = new Local(operand.Type);
        var atLeast = MakeOrder(Operator.GreaterOrEqual, new ReadLocal(local), low);
        var atMost = MakeOrder(Operator.LessOrEqual, new ReadLocal(local), high);
        if (atLeast is null) return Report(DiagnosticKind.Type, between, CannotCompare(between.Operand, operand, between.Low, low));
        if (atMost is null) return Report(DiagnosticKind.Type, between, CannotCompare(between.Operand, operand, between.High, high));
        return new Let(local, operand, new Logic(true, [atLeast, atMost]));
    }

    private Typed? CheckLike(Binary binary)
    {
        var (text, pattern) = (Check(binary.Left), Check(binary.Right));
        if (text is null || pattern is null) return null;
        if (pattern is not Constant { Value: string literal })
            return Report(DiagnosticKind.Type, binary.Right, "The pattern of 'like' must be a text in quotes, such as '%.example'.");
        if (text.Type.Kind == SignalType.Text || text.Type.IsAny) return new Ask(new LikePattern(literal), LikeMatches, As(text, RuleType.Text), 10 + literal.Length);
        return Report(DiagnosticKind.Type, binary.Left, $"'like' looks at a text; '{Text(binary.Left)}' is of type {text.Type}.");
    }

    private Typed? CheckMembership(Binary binary)
    {
        var value = Check(binary.Left);
        if (binary.Right is ListReference reference) return CheckNamedList(value, binary, reference);
        if (binary.Right is ListNode list) return CheckInListLiteral(value, binary, list);
        var set = Check(binary.Right);
        if (value is null || set is null) return null;
        return set.Type.Kind switch
        {
            SignalType.List or SignalType.Map when !RuleType.AreComparable(value.Type, set.Type.Key ?? set.Type.Element!) =>
                Report(DiagnosticKind.Type, binary, $"'{Text(binary.Left)}' is of type {value.Type} and cannot be in a {set.Type}."),
            SignalType.List or SignalType.Map or SignalType.Network or SignalType.Any => Resolve(
                FunctionTable.Operator("in"), [value, set], binary, $"'{Text(binary.Left)}' is of type {value.Type} and cannot be in a {set.Type}."),
            _ => Report(DiagnosticKind.Type, binary.Right, $"After 'in' a list is needed, such as ['DE', 'FR'] or @name; '{Text(binary.Right)}' is of type {set.Type}."),
        };
    }

    private Typed? CheckNamedList(Typed? value, Binary binary, ListReference reference)
    {
        if (!scope.Lists.TryGetValue(reference.List, out var list))
            return Report(DiagnosticKind.Name, reference, $"There is no list '@{reference.List}'.{Spelling.Offer(reference.List, scope.Lists.Keys)}");
        lists.Add(list.Name);
        if (value is null) return null;
        if (list.Unread is { } unread)
        {
            attributes.Add(unread);
            return new Ask(list, ListContainsText, new ReadAttribute(unread), 20);
        }
        if (!value.Type.IsAny && value.Type.Kind != list.ElementType)
            return Report(DiagnosticKind.Type, binary, $"'{Text(binary.Left)}' is of type {value.Type}; @{list.Name} holds values of type {RuleType.Of(list.ElementType)}.");
        return list.ElementType == SignalType.Text
            ? new Ask(list, ListContainsText, As(value, RuleType.Text), 20)
            : new Ask(list, ListContainsAddress, As(value, RuleType.Ip), 40);
    }

    private Typed? CheckInListLiteral(Typed? value, Binary binary, ListNode list)
    {
        var elements = list.Elements.Select(Check).OfType<Typed>().ToList();
        if (value is null || elements.Count < list.Elements.Count) return null;
        foreach (var (element, node) in elements.Zip(list.Elements)) CheckLiteral(value, node, element);
        if (PreparedSet(value, elements) is { } set) return set;
        var local = new Local(value.Type);
        var bound = new List<(Local Local, Typed Element)>();
        var matches = elements.Select(element => MatchElement(new ReadLocal(local), Bound(element, bound))).OfType<Typed>().ToList();
        if (matches.Count == 0 && elements.Count > 0)
            return Report(DiagnosticKind.Type, binary, CannotCompare(binary.Left, value, list.Elements[0], elements[0]));
        return new Let(local, value, bound.Aggregate((Typed)new Logic(false, matches), (body, element) => new Let(element.Local, element.Element, body)));
    }

    /// <summary>An element with a name of its own, unless it is constant: a list with a missing element is missing as a whole, so all are computed first.</summary>
    private static Typed Bound(Typed element, List<(Local Local, Typed Element)> bound)
    {
        if (element is Constant) return element;
        bound.Add((new Local(element.Type), element));
        return new ReadLocal(bound[^1].Local);
    }

    private static Ask? PreparedSet(Typed value, List<Typed> elements)
    {
        if (value.Type.Kind == SignalType.Text && elements.Count >= TextSetCountMin && elements.All(element => element is Constant { Value: string }))
            return new Ask(elements.Select(element => (string)((Constant)element).Value).ToFrozenSet(StringComparer.Ordinal), TextSetContains, value, 10);
        if (value.Type.Kind != SignalType.Ip || elements.Count == 0 || !elements.All(element => element is Constant { Value: IPAddress or Network })) return null;
        return new Ask(new NetworkSet(elements.Select(element => AsNetwork(((Constant)element).Value))), NetworkSetContains, value, 20);
    }

    private static Network AsNetwork(object value) => value is IPAddress address && AddressBits.Of(address) is var bits ? new Network(bits, bits.Width) : (Network)value;

    private static Typed? MatchElement(Typed value, Typed element) => (value.Type.Kind, element.Type.Kind) is (SignalType.Ip, SignalType.Network)
        ? Operation("in", value, element)
        : MakeEqual(value, element);
}
