namespace PaymentGuard.Domain.Rules.Language.Syntax;

internal enum Operator : byte
{
    Or, And, Not,
    Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, In, Like, Contains,
    Add, Subtract, Multiply, Divide, Modulo, Negate, Default,
}

/// <summary>What the author wrote, before names and types are looked at.</summary>
/// <param name="Start">Offset in the source.</param>
internal abstract record Node(int Start, int Length)
{
    public int End => Start + Length;
}

/// <param name="Value">bool, long, double, string, Duration, Money, IPAddress, Network or <see cref="NullValue"/>.</param>
internal sealed record Literal(object Value, int Start, int Length) : Node(Start, Length);

/// <param name="Text">A word, or <c>::tier::</c> with its colons.</param>
/// <param name="IsRooted">Written with a dot in front, so that no variable of a macro is meant.</param>
internal sealed record Name(string Text, bool IsRooted, int Start, int Length) : Node(Start, Length);

/// <summary><c>operand.field</c>: part of a dotted name, or an entry of a map.</summary>
/// <param name="IsQuoted">Written in backticks, and so no part of a name.</param>
internal sealed record Select(Node Operand, string Field, bool IsQuoted, int Start, int Length) : Node(Start, Length);

internal sealed record Index(Node Operand, Node Key, int Start, int Length) : Node(Start, Length);

/// <param name="Target">What stands in front of the dot; null in <c>f(x)</c>.</param>
/// <param name="NameStart">Where the function's name stands, for messages.</param>
internal sealed record Call(Node? Target, string Function, int NameStart, IReadOnlyList<Node> Arguments, IReadOnlyList<NamedArgument> Named, int Start, int Length)
    : Node(Start, Length);

internal sealed record NamedArgument(string Name, Node Value, int Start);

internal sealed record Unary(Operator Operator, Node Operand, int Start, int Length) : Node(Start, Length);

internal sealed record Binary(Operator Operator, Node Left, Node Right, int Start, int Length) : Node(Start, Length);

internal sealed record Between(Node Operand, Node Low, Node High, int Start, int Length) : Node(Start, Length);

/// <summary><c>x is missing</c>, or with <paramref name="IsNegated"/> <c>x is not missing</c>.</summary>
internal sealed record MissingTest(Node Operand, bool IsNegated, int Start, int Length) : Node(Start, Length);

internal sealed record Conditional(Node Condition, Node WhenTrue, Node WhenFalse, int Start, int Length) : Node(Start, Length);

internal sealed record ListNode(IReadOnlyList<Node> Elements, int Start, int Length) : Node(Start, Length);

internal sealed record MapNode(IReadOnlyList<(Node Key, Node Value)> Entries, int Start, int Length) : Node(Start, Length);

/// <summary><c>@name</c></summary>
internal sealed record ListReference(string List, int Start, int Length) : Node(Start, Length);

/// <summary>Two relations in a row, which is reported already: only their names are still looked at.</summary>
/// <param name="Second">Without the operand that both share, so that nothing is looked at twice.</param>
internal sealed record Chain(Node First, Node Second, int Start, int Length) : Node(Start, Length);

/// <summary>Stands where the source cannot be read; the mistake is reported already.</summary>
internal sealed record Unreadable(int Start, int Length) : Node(Start, Length);
