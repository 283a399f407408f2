namespace PaymentGuard.Domain.Rules.Language.Syntax;

internal enum TokenKind : byte
{
    End,
    /// <summary>Magnitude as <see cref="ulong"/>: the smallest int is written with a sign, which is a token of its own.</summary>
    Int,
    Double,
    Text,
    /// <summary>A word; which words are operators depends on where they stand.</summary>
    Name,
    /// <summary>A name in backticks, allowed after a dot.</summary>
    QuotedName,
    /// <summary><c>@name</c>, without the <c>@</c>.</summary>
    List,
    Duration,
    Ip,
    Network,
    /// <summary>Operator or bracket; the value is its spelling.</summary>
    Symbol,
}

/// <param name="Value">What the token means: number, decoded text, name or spelling.</param>
internal readonly record struct Token(TokenKind Kind, int Start, int Length, object? Value)
{
    public int End => Start + Length;

    public bool IsSymbol(string symbol) => Kind == TokenKind.Symbol && (string)Value! == symbol;

    /// <summary>Whether it is the operator word, in small letters or in capitals.</summary>
    public bool IsWord(string word) =>
        Kind == TokenKind.Name && (string)Value! is var name && (name == word || (name.Length == word.Length && name == word.ToUpperInvariant()));
}
