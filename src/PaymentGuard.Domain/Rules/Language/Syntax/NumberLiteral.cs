using System.Globalization;

namespace PaymentGuard.Domain.Rules.Language.Syntax;

/// <summary>Whole numbers, hexadecimal numbers, doubles, and durations such as <c>90s</c> and <c>1h30m</c>.</summary>
internal static class NumberLiteral
{
    private static readonly (string Unit, long Milliseconds)[] Units =
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

    /// <summary>Reads the number that begins at the position and moves behind it. <paramref name="mistake"/> is null when it is well formed.</summary>
    public static TokenKind Read(string source, ref int position, out object? value, out string? mistake)
    {
        if (source[position] == '0' && At(source, position + 1) is 'x' or 'X') return ReadHex(source, ref position, out value, out mistake);
        var start = position;
        var wholeEnd = SkipDigits(source, start);
        var end = At(source, wholeEnd) == '.' ? SkipFraction(source, wholeEnd) : SkipExponent(source, wholeEnd);
        if (end == wholeEnd && char.IsAsciiLetter(At(source, end)) && !IsCurrency(source, end))
            return ReadDuration(source, ref position, out value, out mistake);
        position = end;
        mistake = FollowedByName(source, end) ? Glued(source, start, ref position) : null;
        return end == wholeEnd
            ? ReadInt(source[start..end], out value, ref mistake)
            : ReadDouble(source[start..end], out value, ref mistake);
    }

    private static char At(string source, int index) => index < source.Length ? source[index] : '\0';

    private static int SkipDigits(string source, int index)
    {
        while (char.IsAsciiDigit(At(source, index))) index++;
        return index;
    }

    private static int SkipFraction(string source, int index) =>
        At(source, index) == '.' && char.IsAsciiDigit(At(source, index + 1)) ? SkipExponent(source, SkipDigits(source, index + 1)) : index;

    private static int SkipExponent(string source, int index)
    {
        if (At(source, index) is not ('e' or 'E')) return index;
        var digits = At(source, index + 1) is '+' or '-' ? index + 2 : index + 1;
        return char.IsAsciiDigit(At(source, digits)) ? SkipDigits(source, digits) : index;
    }

    private static bool FollowedByName(string source, int index) => Lexer.IsNamePart(At(source, index)) && !IsCurrency(source, index);

    /// <summary>Three capital letters: <c>5EUR</c> is money, and the code is the next token.</summary>
    private static bool IsCurrency(string source, int index) =>
        index + 3 <= source.Length && !source.AsSpan(index, 3).ContainsAnyExceptInRange('A', 'Z') && !Lexer.IsNamePart(At(source, index + 3));

    private static TokenKind ReadHex(string source, ref int position, out object? value, out string? mistake)
    {
        var start = position + 2;
        for (position = start; char.IsAsciiHexDigit(At(source, position)); position++) ;
        mistake = FollowedByName(source, position) || position == start ? Glued(source, start - 2, ref position) : null;
        value = ulong.TryParse(source.AsSpan(start, position - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : null;
        if (value is null) mistake ??= "The number does not fit into 64 bits.";
        return TokenKind.Int;
    }

    private static TokenKind ReadInt(string digits, out object? value, ref string? mistake)
    {
        value = ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        if (value is null) mistake ??= "The number does not fit into 64 bits.";
        return TokenKind.Int;
    }

    private static TokenKind ReadDouble(string text, out object? value, ref string? mistake)
    {
        var number = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        if (double.IsInfinity(number)) mistake ??= "The number is too large.";
        value = number;
        return TokenKind.Double;
    }

    /// <summary>What to say of a number that a word sticks to; moves behind the word.</summary>
    private static string Glued(string source, int start, ref int position)
    {
        while (Lexer.IsNamePart(At(source, position))) position++;
        var text = source[start..position];
        return text[^1] is 'u' or 'U'
            ? $"Unsigned numbers are not supported: write '{text[..^1]}'."
            : $"'{text}' is neither a number nor a duration; durations are whole numbers with ms, s, m, h, d or w, such as 90s, 24h, 1h30m.";
    }

    private static TokenKind ReadDuration(string source, ref int position, out object? value, out string? mistake)
    {
        var start = position;
        Int128 total = 0;
        while (char.IsAsciiDigit(At(source, position)))
        {
            var digits = SkipDigits(source, position);
            var amount = Int128.Parse(source.AsSpan(position, Math.Min(digits - position, 30)), CultureInfo.InvariantCulture);
            var unit = UnitAt(source, digits);
            if (unit.Unit is null) break;
            total += Int128.Min(amount, long.MaxValue) * unit.Milliseconds;
            position = digits + unit.Unit.Length;
        }
        var glued = Lexer.IsNamePart(At(source, position));
        mistake = glued ? Glued(source, start, ref position) : null;
        if (total > Duration.MillisecondsMax) mistake ??= "The duration is longer than 292 years.";
        value = mistake is null ? Duration.FromMilliseconds((long)total) : null;
        return TokenKind.Duration;
    }

    /// <summary>The unit that stands here and ends before a digit or at the end of the word.</summary>
    private static (string? Unit, long Milliseconds) UnitAt(string source, int index)
    {
        foreach (var (unit, milliseconds) in Units)
        {
            var next = At(source, index + unit.Length);
            if (string.CompareOrdinal(source, index, unit, 0, unit.Length) == 0 && (char.IsAsciiDigit(next) || !Lexer.IsNamePart(next)))
                return (unit, milliseconds);
        }
        return default;
    }
}
