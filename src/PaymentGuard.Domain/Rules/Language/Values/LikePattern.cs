namespace PaymentGuard.Domain.Rules.Language;

/// <summary>
/// A pattern of <c>like</c>: <c>%</c> is any run of characters, <c>_</c> any one character, a backslash takes the next as it is. It covers the whole text
/// and minds small and capital letters.
/// </summary>
internal sealed class LikePattern
{
    private readonly List<(char Character, Kind Kind)> pattern = [];

    public LikePattern(string pattern)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            var escaped = pattern[i] == '\\' && i + 1 < pattern.Length;
            if (escaped) i++;
            this.pattern.Add((pattern[i], escaped ? Kind.Literal : pattern[i] == '%' ? Kind.Run : pattern[i] == '_' ? Kind.One : Kind.Literal));
        }
    }

    private enum Kind : byte { Literal, One, Run }

    /// <summary>Goes back to the last run only, so the work is at most the product of both lengths.</summary>
    public bool Matches(string text)
    {
        int position = 0, part = 0, runPart = -1, runPosition = 0;
        while (position < text.Length)
        {
            if (part < pattern.Count && pattern[part].Kind == Kind.Run)
            {
                (runPart, runPosition) = (part++, position);
                continue;
            }
            var length = part < pattern.Count ? MatchLength(text, position, part) : 0;
            if (length == 0 && runPart < 0) return false;
            if (length == 0) (part, position) = (runPart + 1, ++runPosition);
            else (part, position) = (part + 1, position + length);
        }
        while (part < pattern.Count && pattern[part].Kind == Kind.Run) part++;
        return part == pattern.Count;
    }

    /// <summary>How many UTF-16 units the part takes here; 0 when it does not fit.</summary>
    private int MatchLength(string text, int position, int part)
    {
        if (pattern[part].Kind == Kind.One) return char.IsSurrogatePair(text, position) ? 2 : 1;
        return pattern[part].Character == text[position] ? 1 : 0;
    }
}
