namespace PaymentGuard.Domain.Rules.Language.Syntax;

/// <summary>
/// A Pratt parser: each operator has a power, and an operand belongs to the stronger of its neighbours. After the first syntax error it winds up,
/// and what could be read until then is still looked at for wrong names.
/// </summary>
internal sealed partial class Parser
{
    private const int ConditionalPower = 1, OrPower = 2, AndPower = 3, NotPower = 4, RelationPower = 5, SumPower = 6, ProductPower = 7, UnaryPower = 8;

    private static readonly Dictionary<string, (int Power, Operator Operator)> Infix = new()
    {
        ["||"] = (OrPower, Operator.Or), ["or"] = (OrPower, Operator.Or),
        ["&&"] = (AndPower, Operator.And), ["and"] = (AndPower, Operator.And),
        ["="] = (RelationPower, Operator.Equal), ["=="] = (RelationPower, Operator.Equal),
        ["!="] = (RelationPower, Operator.NotEqual), ["<>"] = (RelationPower, Operator.NotEqual),
        ["<"] = (RelationPower, Operator.Less), ["<="] = (RelationPower, Operator.LessOrEqual),
        [">"] = (RelationPower, Operator.Greater), [">="] = (RelationPower, Operator.GreaterOrEqual),
        ["+"] = (SumPower, Operator.Add), ["-"] = (SumPower, Operator.Subtract),
        ["*"] = (ProductPower, Operator.Multiply), ["/"] = (ProductPower, Operator.Divide), ["%"] = (ProductPower, Operator.Modulo),
    };

    /// <summary>Relations that are words; they may have <c>not</c> in front.</summary>
    private static readonly Dictionary<string, Operator?> WordRelations = new()
    {
        ["in"] = Operator.In, ["like"] = Operator.Like, ["contains"] = Operator.Contains, ["between"] = null,
    };

    /// <summary>Words that CEL keeps for languages around it, and our operators: no attribute may be called so without colons.</summary>
    private static readonly HashSet<string> Reserved =
    [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace", "return", "var",
        "void", "while", "in", "and", "or", "not", "AND", "OR", "NOT", "IN",
    ];

    private readonly string source;
    private readonly List<Token> tokens;
    private readonly List<Diagnostic> diagnostics;
    private int next;
    private int depth;
    private int nodes;
    private bool failed;

    private Parser(string source, List<Token> tokens, List<Diagnostic> diagnostics)
    {
        this.source = source;
        this.tokens = tokens;
        this.diagnostics = diagnostics;
    }

    /// <param name="diagnostics">Empty; takes the mistakes.</param>
    /// <param name="nodes">How many nodes the expression has.</param>
    public static Node Parse(string source, List<Diagnostic> diagnostics, out int nodes)
    {
        var tokens = Lexer.Read(source, diagnostics);
        nodes = 0;
        // What is no token leaves a hole: whatever the parser said of it would mislead.
        if (diagnostics.Count > 0) return new Unreadable(0, source.Length);
        var parser = new Parser(source, tokens, diagnostics);
        var root = parser.Expression(ConditionalPower);
        if (parser.Current.Kind != TokenKind.End) parser.FailAtCurrent(parser.Unexpected());
        nodes = parser.nodes;
        return root;
    }

    private Token Current => tokens[next];

    private Token PeekToken(int ahead) => tokens[Math.Min(next + ahead, tokens.Count - 1)];

    private Token Take() => Current.Kind == TokenKind.End ? Current : tokens[next++];

    private bool Accept(string symbol)
    {
        if (!Current.IsSymbol(symbol)) return false;
        next++;
        return true;
    }

    private bool AcceptWord(string word)
    {
        if (!Current.IsWord(word)) return false;
        next++;
        return true;
    }

    private void Expect(string symbol, string message)
    {
        if (!Accept(symbol)) FailAtCurrent(message);
    }

    private void FailAtCurrent(string message) => Fail(DiagnosticKind.Syntax, message, Current.Start, Current.Length);

    /// <summary>Reports the first failure and jumps to the end, where every loop stops.</summary>
    private void Fail(DiagnosticKind kind, string message, int start, int length)
    {
        if (!failed) diagnostics.Add(new Diagnostic(kind, message, start, length));
        failed = true;
        next = tokens.Count - 1;
    }

    private T Count<T>(T node) where T : Node
    {
        if (++nodes == LanguageLimits.NodesMax + 1)
            Fail(DiagnosticKind.Limit, $"The expression has more than {LanguageLimits.NodesMax} names, values and operators: split it, or use a list.", node.Start, node.Length);
        return node;
    }

    /// <summary>One level deeper: in parentheses, arguments, after a sign.</summary>
    private Node Nested(int power)
    {
        if (++depth > LanguageLimits.DepthMax)
            Fail(DiagnosticKind.Limit, $"The expression is nested deeper than {LanguageLimits.DepthMax} levels.", Current.Start, Current.Length);
        var node = failed ? UnreadableHere() : Expression(power);
        depth--;
        return node;
    }

    private Unreadable UnreadableHere() => new(Current.Start, Current.Length);

    private Node Expression(int power)
    {
        var left = Prefix(power);
        while (true)
        {
            if (Current.IsSymbol("?") && power <= ConditionalPower) left = ReadConditional(left);
            else if (power <= RelationPower && StartsRelation()) left = Relations(left);
            else if (InfixAt(Current) is { } infix && infix.Power >= power && infix.Power != RelationPower) left = ReadBinary(left, infix.Operator, infix.Power + 1);
            else return left;
        }
    }

    private static (int Power, Operator Operator)? InfixAt(Token token) =>
        token.Kind is TokenKind.Symbol && Infix.TryGetValue((string)token.Value!, out var infix) ? infix
        : token.IsWord("and") ? Infix["and"]
        : token.IsWord("or") ? Infix["or"]
        : null;

    private Node ReadBinary(Node left, Operator @operator, int rightPower)
    {
        Take();
        var right = Expression(rightPower);
        return Count(new Binary(@operator, left, right, left.Start, right.End - left.Start));
    }

    private Node ReadConditional(Node condition)
    {
        Take();
        var whenTrue = Nested(OrPower);
        Expect(":", "The conditional needs ':' and a second value: condition ? value : other value.");
        var whenFalse = Nested(ConditionalPower);
        return Count(new Conditional(condition, whenTrue, whenFalse, condition.Start, whenFalse.End - condition.Start));
    }

    private Node Prefix(int power)
    {
        var token = Current;
        if (token.IsWord("not"))
        {
            if (power <= NotPower) return ReadUnary(Operator.Not, NotPower);
            FailAtCurrent("'not' begins a condition and cannot stand here: write '!' in front of the operand.");
            return UnreadableHere();
        }
        if (token.IsSymbol("!")) return ReadUnary(Operator.Not, UnaryPower);
        if (token.IsSymbol("-")) return PeekToken(1).Kind is TokenKind.Int or TokenKind.Double ? Postfix(ReadNumber()) : ReadUnary(Operator.Negate, UnaryPower);
        return Postfix(Primary());
    }

    private Node ReadUnary(Operator @operator, int power)
    {
        var token = Take();
        var operand = Nested(power);
        return Count(new Unary(@operator, operand, token.Start, operand.End - token.Start));
    }

    private Node Postfix(Node operand)
    {
        while (!failed)
        {
            if (Current.IsSymbol(".")) operand = ReadMember(operand);
            else if (Current.IsSymbol("[")) operand = ReadIndex(operand);
            else if (Current.IsSymbol("??")) operand = ReadDefault(operand);
            else break;
        }
        return operand;
    }

    private Node ReadDefault(Node operand)
    {
        Take();
        // The default takes no further ?? itself: a ?? b ?? c is (a ?? b) ?? c, which is the same.
        var fallback = Current.IsSymbol("-") || Current.IsSymbol("!") ? Nested(UnaryPower) : PostfixWithoutDefault(Primary());
        return Count(new Binary(Operator.Default, operand, fallback, operand.Start, fallback.End - operand.Start));
    }

    private Node PostfixWithoutDefault(Node operand)
    {
        while (!failed && (Current.IsSymbol(".") || Current.IsSymbol("[")))
            operand = Current.IsSymbol(".") ? ReadMember(operand) : ReadIndex(operand);
        return operand;
    }

    private Node ReadMember(Node operand)
    {
        Take();
        var name = Take();
        if (name.Kind is not (TokenKind.Name or TokenKind.QuotedName))
        {
            FailAt(name, "A name is missing after the dot.");
            return operand;
        }
        if (name.Kind == TokenKind.Name && Current.IsSymbol("(")) return ReadCall(operand, name);
        return Count(new Select(operand, (string)name.Value!, name.Kind == TokenKind.QuotedName, operand.Start, name.End - operand.Start));
    }

    private Node ReadIndex(Node operand)
    {
        Take();
        var key = Nested(ConditionalPower);
        var end = Current.End;
        Expect("]", "A ']' is missing.");
        return Count(new Index(operand, key, operand.Start, end - operand.Start));
    }

    private void FailAt(Token token, string message) => Fail(DiagnosticKind.Syntax, message, token.Start, token.Length);

    private string Unexpected() => Current.Kind switch
    {
        _ when Current.IsSymbol(")") => "There is a ')' too many.",
        _ when Current.IsSymbol("]") => "There is a ']' too many.",
        TokenKind.End => "The expression ends too early: an operand is missing.",
        _ => $"'{Text(Current)}' cannot stand here: an operator such as 'and' is missing in front of it.",
    };

    private string Text(Token token) => source.Substring(token.Start, token.Length);
}
