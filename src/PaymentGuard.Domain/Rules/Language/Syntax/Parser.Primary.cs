namespace PaymentGuard.Domain.Rules.Language.Syntax;

/// <content>Operands: literals, names, calls, lists and maps.</content>
internal sealed partial class Parser
{
    private Node Primary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Int or TokenKind.Double:
                return ReadNumber();
            case TokenKind.Text or TokenKind.Duration or TokenKind.Ip or TokenKind.Network:
                Take();
                return Count(new Literal(token.Value!, token.Start, token.Length));
            case TokenKind.List:
                Take();
                return Count(new ListReference((string)token.Value!, token.Start, token.Length));
            case TokenKind.Name:
                return ReadWord(isRooted: false, token.Start);
            case TokenKind.Symbol:
                return ReadBracket(token);
            default:
                FailAtCurrent(token.Kind == TokenKind.End ? Unexpected() : $"'{Text(token)}' cannot stand here.");
                return UnreadableHere();
        }
    }

    private Node ReadBracket(Token token)
    {
        switch ((string)token.Value!)
        {
            case "(": return ReadParentheses();
            case "[": return ReadList();
            case "{": return ReadMap();
            case ":": return ReadColonName();
            case "." when PeekToken(1).Kind == TokenKind.Name:
                Take();
                return ReadWord(isRooted: true, token.Start);
            default:
                FailAtCurrent($"An operand is missing in front of '{Text(token)}'.");
                return UnreadableHere();
        }
    }

    private Node ReadParentheses()
    {
        var open = Take();
        var inner = Nested(ConditionalPower);
        var end = Current.End;
        Expect(")", "A ')' is missing.");
        return inner with { Start = open.Start, Length = end - open.Start };
    }

    private Node ReadList()
    {
        var open = Take();
        var elements = Items("]", () => Nested(ConditionalPower));
        var end = Current.End;
        Expect("]", "A ']' is missing.");
        return Count(new ListNode(elements, open.Start, end - open.Start));
    }

    private Node ReadMap()
    {
        var open = Take();
        var entries = Items("}", ReadEntry);
        var end = Current.End;
        Expect("}", "A '}' is missing.");
        return Count(new MapNode(entries, open.Start, end - open.Start));
    }

    private (Node Key, Node Value) ReadEntry()
    {
        var key = Nested(ConditionalPower);
        Expect(":", "A ':' is missing between key and value.");
        return (key, Nested(ConditionalPower));
    }

    /// <summary>Items up to the closing bracket, which stays; a comma may follow the last.</summary>
    private List<T> Items<T>(string close, Func<T> read)
    {
        var items = new List<T>();
        while (!failed && !Current.IsSymbol(close))
        {
            items.Add(read());
            if (!Accept(",")) break;
        }
        return items;
    }

    /// <summary><c>:name:</c> is name; <c>::name::</c> is the merchant's own attribute and keeps its colons.</summary>
    private Node ReadColonName()
    {
        var start = Take().Start;
        var colons = Current.IsSymbol(":") && Current.Start == start + 1 && Accept(":") ? "::" : ":";
        Node name = ReadColonWord();
        while (Accept(".")) name = new Select(name, ReadColonWord().Text, IsQuoted: false, name.Start, Current.Start - name.Start);
        var text = source[name.Start..Current.Start].TrimEnd();
        var end = Current.End;
        foreach (var _ in colons)
        {
            end = Current.End;
            Expect(":", $"The name needs its closing colons: {colons}{text}{colons}.");
        }
        return Count(colons == ":" ? name with { Start = start, Length = end - start } : new Name($"::{text}::", IsRooted: true, start, end - start));
    }

    private Name ReadColonWord()
    {
        var word = Take();
        if (word.Kind != TokenKind.Name) FailAt(word, "A name is missing between the colons.");
        return new Name(word.Value as string ?? "", IsRooted: true, word.Start, word.Length);
    }

    private Node ReadWord(bool isRooted, int start)
    {
        var token = Take();
        var word = (string)token.Value!;
        if (word is "true" or "false") return Count(new Literal(word == "true", start, token.End - start));
        if (word == "null") return Count(new Literal(NullValue.Instance, start, token.End - start));
        if (Reserved.Contains(word))
        {
            FailAt(token, $"'{word}' is a reserved word and cannot stand here.");
            return UnreadableHere();
        }
        if (Current.IsSymbol("(")) return ReadCall(null, token);
        return Count(new Name(word, isRooted, start, token.End - start));
    }

    private Node ReadCall(Node? target, Token name)
    {
        Take();
        var named = new List<NamedArgument>();
        var arguments = Items(")", () => ReadArgument(named));
        var end = Current.End;
        Expect(")", $"The ')' of {name.Value}(…) is missing.");
        var start = target?.Start ?? name.Start;
        return Count(new Call(target, (string)name.Value!, name.Start, [.. arguments.OfType<Node>()], named, start, end - start));
    }

    /// <summary>A value; or null when it has a name, such as <c>where: fraud</c>, and is added to the named ones.</summary>
    private Node? ReadArgument(List<NamedArgument> named)
    {
        if (Current.Kind != TokenKind.Name || !PeekToken(1).IsSymbol(":")) return Nested(ConditionalPower);
        var name = Take();
        Take();
        named.Add(new NamedArgument((string)name.Value!, Nested(ConditionalPower), name.Start));
        return null;
    }

    /// <summary>A number with its sign; with a currency behind it, money.</summary>
    private Node ReadNumber()
    {
        var sign = Current.IsSymbol("-") ? Take() : default;
        var isNegative = sign.Length > 0;
        var token = Take();
        var start = isNegative ? sign.Start : token.Start;
        if (Current.Kind == TokenKind.Name && IsCurrencyCode((string)Current.Value!)) return ReadMoney(token, isNegative, start);
        object? value = token.Value switch
        {
            double number => isNegative ? -number : number,
            ulong number when isNegative => number <= 1UL << 63 ? unchecked(-(long)number) : null,
            ulong number => number <= long.MaxValue ? (long)number : null,
            _ => 0L, // reported by the lexer
        };
        if (value is null) FailAt(token, "The number does not fit into 64 bits.");
        return Count(new Literal(value ?? 0L, start, token.End - start));
    }

    private bool IsCurrencyCode(string word) =>
        word.Length == 3 && !word.AsSpan().ContainsAnyExceptInRange('A', 'Z') && !Current.IsWord("and") && !Current.IsWord("not");

    private Node ReadMoney(Token number, bool isNegative, int start)
    {
        var currency = Take();
        var text = (isNegative ? "-" : "") + Text(number);
        var mistake = MoneyText.TryRead(text, (string)currency.Value!, out var money);
        if (mistake is { } reason) diagnostics.Add(new Diagnostic(reason.Kind, reason.Message, start, currency.End - start));
        return Count(new Literal(money, start, currency.End - start));
    }
}
