using System.Globalization;
using System.Net;
using System.Text;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules.Language.Functions;

namespace PaymentGuard.Domain.Rules.Language.Syntax;

/// <summary>Writes an expression in its one normal spelling: <c>and or not = !=</c>, double quotes, no parentheses that are not needed. It parses to the same.</summary>
internal static class Printer
{
    private const int Atom = 9, UnaryPower = 8, RelationPower = 5, NotPower = 4, ConditionalPower = 1;

    private static readonly Dictionary<Operator, (string Text, int Power)> Operators = new()
    {
        [Operator.Or] = (" or ", 2), [Operator.And] = (" and ", 3),
        [Operator.Equal] = (" = ", 5), [Operator.NotEqual] = (" != ", 5), [Operator.Less] = (" < ", 5), [Operator.LessOrEqual] = (" <= ", 5),
        [Operator.Greater] = (" > ", 5), [Operator.GreaterOrEqual] = (" >= ", 5), [Operator.In] = (" in ", 5), [Operator.Like] = (" like ", 5),
        [Operator.Contains] = (" contains ", 5), [Operator.Add] = (" + ", 6), [Operator.Subtract] = (" - ", 6), [Operator.Multiply] = (" * ", 7),
        [Operator.Divide] = (" / ", 7), [Operator.Modulo] = (" % ", 7), [Operator.Default] = (" ?? ", 8),
    };

    private static readonly (string Unit, long Nanos)[] Units =
        [("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000)];

    public static string Print(Node node) => Print(node, ConditionalPower);

    /// <summary>In the largest unit that it is a whole number of, from days down: 600s is 10m, 90s stays.</summary>
    public static string Print(Duration duration)
    {
        foreach (var (unit, nanos) in Units)
            if (duration.Nanos != 0 && duration.Nanos % nanos == 0) return (duration.Nanos / nanos).ToString(CultureInfo.InvariantCulture) + unit;
        return "0s";
    }

    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in text)
            quoted.Append(character switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                < ' ' => $"\\x{(int)character:X2}",
                _ => character.ToString(),
            });
        return quoted.Append('"').ToString();
    }

    private static string Print(Node node, int power)
    {
        var (text, own) = Write(node);
        return own < power ? $"({text})" : text;
    }

    private static (string Text, int Power) Write(Node node) => node switch
    {
        Literal literal => Write(literal.Value),
        Name name => (name.IsRooted && !name.Text.StartsWith(':') ? "." + name.Text : name.Text, Atom),
        Select { IsQuoted: true } select => ($"{Print(select.Operand, Atom)}.`{select.Field}`", Atom),
        Select select => ($"{Print(select.Operand, Atom)}.{select.Field}", Atom),
        Index index => ($"{Print(index.Operand, Atom)}[{Print(index.Key)}]", Atom),
        Call call => (Write(call), Atom),
        Unary { Operator: Operator.Not, Operand: var operand } when operand is Binary or Between or MissingTest => ($"not {Print(operand, NotPower)}", NotPower),
        Unary unary => ((unary.Operator == Operator.Not ? "!" : "-") + Print(unary.Operand, unary.Operand is Literal ? Atom + 1 : UnaryPower), UnaryPower),
        Binary binary => Write(binary),
        Between between => ($"{Print(between.Operand, 6)} between {Print(between.Low, 6)} and {Print(between.High, 6)}", RelationPower),
        MissingTest test => ($"{Print(test.Operand, 6)} is {(test.IsNegated ? "not " : "")}missing", RelationPower),
        Conditional conditional => ($"{Print(conditional.Condition, 2)} ? {Print(conditional.WhenTrue, 2)} : {Print(conditional.WhenFalse)}", ConditionalPower),
        ListNode list => ($"[{string.Join(", ", list.Elements.Select(element => Print(element)))}]", Atom),
        MapNode map => ($"{{{string.Join(", ", map.Entries.Select(entry => $"{Print(entry.Key)}: {Print(entry.Value)}"))}}}", Atom),
        ListReference reference => ("@" + reference.List, Atom),
        Chain or Unreadable => ("", Atom),
        _ => throw new InvalidOperationException($"No spelling for {node.GetType().Name}."),
    };

    private static (string Text, int Power) Write(Binary binary)
    {
        var (text, power) = Operators[binary.Operator];
        var isRelation = power == RelationPower;
        // A default binds as tightly as a dot on its left, and takes a whole unary on its right.
        if (binary.Operator == Operator.Default) return ($"{Print(binary.Left, binary.Left is Binary { Operator: Operator.Default } ? 8 : Atom)}{text}{Print(binary.Right, Atom)}", 8);
        return ($"{Print(binary.Left, isRelation ? power + 1 : power)}{text}{Print(binary.Right, power + 1)}", power);
    }

    private static string Write(Call call)
    {
        var arguments = call.Arguments.Select(argument => Print(argument)).Concat(call.Named.Select(named => $"{named.Name}: {Print(named.Value)}"));
        var target = call.Target is null ? "" : Print(call.Target, Atom) + ".";
        return $"{target}{call.Function}({string.Join(", ", arguments)})";
    }

    private static (string Text, int Power) Write(object value) => value switch
    {
        bool flag => (flag ? "true" : "false", Atom),
        long number => (number.ToString(CultureInfo.InvariantCulture), Atom),
        double number => (WriteDouble(number), Atom),
        string text => (Quote(text), Atom),
        Duration duration => (Print(duration), Atom),
        Money money => (Write(money), Atom),
        IPAddress or Network or NullValue => (value.ToString()!, Atom),
        _ => throw new InvalidOperationException($"No spelling for a {value.GetType().Name}."),
    };

    private static string WriteDouble(double number)
    {
        var text = DoubleText.Of(number);
        return text.AsSpan().ContainsAny(".e") ? text : text + ".0";
    }

    private static string Write(Money money)
    {
        MoneyText.TryGetDecimals(money.Currency, out var decimals);
        var amount = (decimal)money.Minor;
        for (var i = 0; i < decimals; i++) amount /= 10;
        return $"{amount.ToString($"F{decimals}", CultureInfo.InvariantCulture)} {money.Currency}";
    }
}
