using System.Net;

namespace PaymentGuard.Domain.Rules.Language.Syntax;

/// <summary>An IP address or CIDR prefix without quotes. Four numbers with dots are always one: no number has two dots.</summary>
/// <param name="Length">Characters that it takes.</param>
/// <param name="Value">An <see cref="IPAddress"/> or a <see cref="Network"/>; null when it looks like one and is none.</param>
internal readonly record struct AddressLiteral(int Length, object? Value)
{
    public static bool TryRead(string source, int start, out AddressLiteral literal) =>
        TryReadV4(source, start, out literal) || TryReadV6(source, start, out literal);

    private static bool TryReadV4(string source, int start, out AddressLiteral literal)
    {
        literal = default;
        var end = SkipWhile(source, start, c => char.IsAsciiDigit(c) || c == '.');
        var text = source.AsSpan(start, end - start);
        var dot = text.IndexOf('.');
        if (dot <= 0 || dot + 1 >= text.Length || !char.IsAsciiDigit(text[dot + 1]) || text[(dot + 1)..].IndexOf('.') < 0) return false;
        literal = WithPrefixLength(source, start, end);
        return true;
    }

    /// <summary>
    /// Needs <c>::</c> or all eight groups, a digit or letter in front and nothing of a name behind, so that <c>a ? b::tier:: : c</c> keeps its names.
    /// </summary>
    private static bool TryReadV6(string source, int start, out AddressLiteral literal)
    {
        literal = default;
        if (!char.IsAsciiHexDigit(source[start])) return false;
        var end = SkipWhile(source, start, c => char.IsAsciiHexDigit(c) || c == ':');
        var text = source[start..end];
        if ((!text.Contains("::", StringComparison.Ordinal) && text.Count(c => c == ':') != 7) || (end < source.Length && Lexer.IsNamePart(source[end])))
            return false;
        if (!AddressBits.TryParseAddress(text, out _)) return false;
        literal = WithPrefixLength(source, start, end);
        return true;
    }

    private static AddressLiteral WithPrefixLength(string source, int start, int end)
    {
        var lengthEnd = end < source.Length && source[end] == '/' ? SkipWhile(source, end + 1, char.IsAsciiDigit) : end;
        if (lengthEnd > end + 1)
            return new AddressLiteral(lengthEnd - start, Network.TryParse(source[start..lengthEnd], out var network) ? network : null);
        return new AddressLiteral(end - start, AddressBits.TryParseAddress(source[start..end], out var address) ? address : null);
    }

    private static int SkipWhile(string source, int index, Predicate<char> isPart)
    {
        while (index < source.Length && isPart(source[index])) index++;
        return index;
    }
}
