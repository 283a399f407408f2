using System.Globalization;
using System.Text;

namespace PaymentGuard.Domain.Rules.Language.Syntax;

/// <summary>Texts as CEL writes them: single or double quotes, three of them for several lines, <c>r</c> in front to take backslashes as they are.</summary>
internal static class TextLiteral
{
    private const string SimpleEscapes = "abfnrtv\\?\"'`";
    private const string SimpleMeanings = "\a\b\f\n\r\t\v\\?\"'`";

    /// <summary>Whether a text begins here. Bytes (<c>b'…'</c>) do as well, to be refused with a better reason.</summary>
    public static bool Starts(string source, int position)
    {
        var quote = position;
        while (quote < source.Length && source[quote] is 'r' or 'R' or 'b' or 'B') quote++;
        return quote - position <= 2 && quote < source.Length && source[quote] is '\'' or '"';
    }

    /// <summary>Reads the text that begins at the position and moves behind it. <paramref name="mistake"/> is null when it is well formed.</summary>
    public static string Read(string source, ref int position, out string? mistake)
    {
        mistake = null;
        var raw = false;
        for (; source[position] is not ('\'' or '"'); position++)
        {
            raw |= source[position] is 'r' or 'R';
            if (source[position] is 'b' or 'B') mistake = "Bytes are not supported: write a text without the b.";
        }
        var quote = source[position];
        var delimiter = IsTriple(source, position, quote) ? new string(quote, 3) : quote.ToString();
        position += delimiter.Length;
        return ReadBody(source, ref position, delimiter, raw, ref mistake);
    }

    private static bool IsTriple(string source, int position, char quote) =>
        position + 2 < source.Length && source[position + 1] == quote && source[position + 2] == quote;

    private static string ReadBody(string source, ref int position, string delimiter, bool raw, ref string? mistake)
    {
        var text = new StringBuilder();
        while (position < source.Length)
        {
            if (string.CompareOrdinal(source, position, delimiter, 0, delimiter.Length) == 0)
            {
                position += delimiter.Length;
                return Finish(text, ref mistake);
            }
            if (delimiter.Length == 1 && source[position] is '\n' or '\r') break;
            if (source[position] != '\\' || raw)
            {
                text.Append(source[position++]);
                continue;
            }
            // Read also after a mistake: it moves the position.
            var reason = ReadEscape(source, ref position, text);
            mistake ??= reason;
        }
        mistake ??= $"The text does not end: {delimiter} is missing.";
        return "";
    }

    private static string Finish(StringBuilder text, ref string? mistake)
    {
        var value = text.ToString();
        if (mistake is null && !IsWellFormed(value)) mistake = "The text holds half of a character (a lone surrogate).";
        return value;
    }

    private static bool IsWellFormed(string text)
    {
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var length) != System.Buffers.OperationStatus.Done) return false;
            rest = rest[length..];
        }
        return true;
    }

    /// <summary>Decodes one escape and moves behind it; the reason when there is no such escape.</summary>
    private static string? ReadEscape(string source, ref int position, StringBuilder text)
    {
        var start = position++;
        var kind = position < source.Length ? source[position++] : '\0';
        if (SimpleEscapes.IndexOf(kind) is >= 0 and var simple)
        {
            text.Append(SimpleMeanings[simple]);
            return null;
        }
        var known = kind switch
        {
            'x' or 'X' => AppendHex(source, ref position, 2, text),
            'u' => AppendHex(source, ref position, 4, text),
            'U' => AppendHex(source, ref position, 8, text),
            >= '0' and <= '3' => AppendOctal(source, ref position, text),
            _ => false,
        };
        return known ? null : $"There is no escape '{source[start..Math.Min(position, source.Length)]}'; a backslash itself is written \\\\.";
    }

    private static bool AppendHex(string source, ref int position, int digits, StringBuilder text)
    {
        if (position + digits > source.Length) return false;
        var hex = source.AsSpan(position, digits);
        if (!uint.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)) return false;
        position += digits;
        if (code <= 0xFFFF && digits < 8) text.Append((char)code);
        else if (Rune.TryCreate(code, out var rune)) text.Append(rune.ToString());
        else return false;
        return true;
    }

    private static bool AppendOctal(string source, ref int position, StringBuilder text)
    {
        if (position + 2 > source.Length || source.AsSpan(position - 1, 3).ContainsAnyExceptInRange('0', '7')) return false;
        text.Append((char)Convert.ToInt32(source.Substring(position - 1, 3), 8));
        position += 2;
        return true;
    }
}
