using PaymentGuard.Domain.Rules.Language.Syntax;

namespace PaymentGuard.Domain.Rules.Language.Checking;

/// <summary>Words joined by dots, of which some or all may be one name.</summary>
internal sealed class NamePath
{
    private readonly List<(string Part, Node Node)> parts = [];

    public bool IsRooted { get; private init; }

    public int Count => parts.Count;

    public string First => parts[0].Part;

    public string Part(int index) => parts[index].Part;

    /// <summary>The node of the first <paramref name="count"/> words.</summary>
    public Node Node(int count) => parts[count - 1].Node;

    public string Text(int count) => string.Join('.', parts.Take(count).Select(part => part.Part));

    /// <summary>Null when the node is none: it selects from a call, from a value in parentheses, or by a name in backticks.</summary>
    public static NamePath? Of(Node node, string source)
    {
        switch (node)
        {
            case Name name:
                return new NamePath { IsRooted = name.IsRooted, parts = { (name.Text, name) } };
            case Select { IsQuoted: false } select when source[select.Operand.End - 1] != ')' && Of(select.Operand, source) is { } path:
                path.parts.Add((select.Field, select));
                return path;
            default:
                return null;
        }
    }
}
