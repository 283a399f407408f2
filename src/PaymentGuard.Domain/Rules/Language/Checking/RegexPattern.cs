using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PaymentGuard.Domain.Rules.Language.Checking;

/// <summary>
/// Regular expressions as RE2 reads them, which CEL asks for: matched in linear time, without groups that look around or back. What RE2 and .NET
/// write or mean differently is translated: \d \w \s are ASCII, $ is the very end, and a character past U+FFFF is one character.
/// </summary>
internal sealed class RegexPattern
{
    private static readonly Dictionary<string, string> Posix = new()
    {
        ["[:alnum:]"] = "0-9A-Za-z", ["[:alpha:]"] = "A-Za-z", ["[:ascii:]"] = @"\x00-\x7F", ["[:blank:]"] = @"\t ", ["[:cntrl:]"] = @"\x00-\x1F\x7F",
        ["[:digit:]"] = "0-9", ["[:graph:]"] = "!-~", ["[:lower:]"] = "a-z", ["[:print:]"] = " -~", ["[:punct:]"] = @"!-/:-@\[-`{-~",
        ["[:space:]"] = @"\t\n\v\f\r ", ["[:upper:]"] = "A-Z", ["[:word:]"] = "0-9A-Za-z_", ["[:xdigit:]"] = "0-9A-Fa-f",
    };

    private static readonly Dictionary<char, string> Classes = new() { ['d'] = "0-9", ['w'] = "0-9A-Za-z_", ['s'] = @"\t\n\f\r " };

    private readonly string pattern;
    private readonly StringBuilder translated = new();
    private int position;
    private bool dotTakesNewline, linesHaveEnds;

    private RegexPattern(string pattern) => this.pattern = pattern;

    /// <param name="mistake">Why it cannot be used; null when it can.</param>
    public static bool TryCompile(string pattern, [NotNullWhen(true)] out Regex? regex, [NotNullWhen(false)] out string? mistake)
    {
        (regex, mistake) = (null, null);
        try
        {
            regex = new Regex(new RegexPattern(pattern).Translate(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception invalid) when (invalid is ArgumentException or NotSupportedException)
        {
            mistake = invalid.Message;
        }
        return mistake is null;
    }

    private string Translate()
    {
        if (pattern.StartsWith("(?", StringComparison.Ordinal)) TranslateFlags();
        while (position < pattern.Length)
        {
            var character = pattern[position];
            if (character == '\\') TranslateEscape();
            else if (character == '[') TranslateClass();
            else if (character == '(') TranslateGroup();
            else if (Take("$")) translated.Append(linesHaveEnds ? "$" : @"\z");
            else if (Take(".")) translated.Append(NoneOf(dotTakesNewline ? "" : @"\n"));
            else if (char.IsSurrogatePair(pattern, position)) TranslatePair();
            else translated.Append(pattern[position++]);
        }
        return translated.ToString();
    }

    /// <summary>One character, be it one UTF-16 unit or two, that is none of the members.</summary>
    private static string NoneOf(string members) => $@"(?:[\uD800-\uDBFF][\uDC00-\uDFFF]|[^\uD800-\uDFFF{members}])";

    /// <summary>Flags for the whole pattern: i, m and s.</summary>
    private void TranslateFlags()
    {
        var end = pattern.IndexOf(')');
        var flags = end < 0 ? "" : pattern[2..end];
        if (flags.Length == 0 || flags.AsSpan().ContainsAnyExcept("ims")) return;
        (dotTakesNewline, linesHaveEnds) = (flags.Contains('s'), flags.Contains('m'));
        translated.Append("(?").Append(flags).Append(')');
        position = end + 1;
    }

    private void TranslateGroup()
    {
        if (Take("(?:")) translated.Append("(?:");
        else if (Take("(?P<") || Take("(?<")) translated.Append("(?<");
        else if (Take("(?")) throw new ArgumentException("Flags i, m and s can only stand at the beginning; look-around is not supported.");
        else translated.Append(pattern[position++]);
    }

    private bool Take(string text)
    {
        if (string.CompareOrdinal(pattern, position, text, 0, text.Length) != 0) return false;
        position += text.Length;
        return true;
    }

    /// <summary>Two UTF-16 units that a quantifier must not part.</summary>
    private void TranslatePair()
    {
        translated.Append("(?:").Append(pattern, position, 2).Append(')');
        position += 2;
    }

    private void TranslateEscape()
    {
        var kind = position + 1 < pattern.Length ? pattern[position + 1] : '\0';
        if (kind == 'Q') TranslateQuoted();
        else if (kind == 'x' && position + 2 < pattern.Length && pattern[position + 2] == '{') TranslateCodePoint();
        else if (Classes.TryGetValue(char.ToLowerInvariant(kind), out var members)) AppendEscape(char.IsUpper(kind) ? NoneOf(members) : $"[{members}]");
        else if (kind is 'p' or 'P' && position + 2 < pattern.Length && char.IsAsciiLetter(pattern[position + 2])) TranslateCategory();
        else if (kind is >= '1' and <= '9' or 'k' or 'G' or 'Z' or 'C') throw new ArgumentException($"\\{kind} is not supported.");
        else AppendEscape(@"\" + kind);
    }

    /// <summary><c>\pL</c> is short for <c>\p{L}</c>.</summary>
    private void TranslateCategory()
    {
        translated.Append(pattern, position, 2).Append('{').Append(pattern[position + 2]).Append('}');
        position += 3;
    }

    private void AppendEscape(string text)
    {
        translated.Append(text);
        position += 2;
    }

    private void TranslateQuoted()
    {
        var end = pattern.IndexOf(@"\E", position + 2, StringComparison.Ordinal);
        translated.Append(Regex.Escape(pattern[(position + 2)..(end < 0 ? pattern.Length : end)]));
        position = end < 0 ? pattern.Length : end + 2;
    }

    private void TranslateCodePoint()
    {
        var end = pattern.IndexOf('}', position);
        var hex = end < 0 ? "" : pattern[(position + 3)..end];
        if (!int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) || !Rune.TryCreate(code, out var rune))
            throw new ArgumentException(@"\x{…} needs a code point in hexadecimal.");
        translated.Append("(?:").Append(Regex.Escape(rune.ToString())).Append(')');
        position = end + 1;
    }

    /// <summary>A class; characters past U+FFFF, which .NET has no classes for, become alternatives beside it.</summary>
    private void TranslateClass()
    {
        var members = new StringBuilder();
        var pairs = new List<string>();
        position++;
        var isNegated = Take("^");
        for (var isFirst = true; position < pattern.Length && (isFirst || pattern[position] != ']'); isFirst = false) ReadMember(members, pairs);
        if (position++ >= pattern.Length) throw new ArgumentException("A ']' is missing.");
        if (isNegated && pairs.Count > 0) throw new ArgumentException("A negated class cannot hold characters past U+FFFF.");
        if (isNegated) translated.Append(NoneOf(members.ToString()));
        else if (pairs.Count == 0) translated.Append($"[{members}]");
        else translated.Append("(?:").AppendJoin('|', members.Length > 0 ? [.. pairs, $"[{members}]"] : pairs).Append(')');
    }

    private void ReadMember(StringBuilder members, List<string> pairs)
    {
        if (Posix.Keys.FirstOrDefault(Take) is { } name)
        {
            members.Append(Posix[name]);
        }
        else if (char.IsSurrogatePair(pattern, position))
        {
            pairs.Add(pattern.Substring(position, 2));
            position += 2;
            if (position < pattern.Length && pattern[position] == '-') throw new ArgumentException("A range cannot begin past U+FFFF.");
        }
        else if (pattern[position] == '\\' && position + 1 < pattern.Length)
        {
            var kind = pattern[position + 1];
            members.Append(Classes.TryGetValue(kind, out var known) ? known : $@"\{kind}");
            position += 2;
        }
        else
        {
            // In .NET a bracket inside a class would begin a subtraction.
            members.Append(pattern[position] == '[' ? @"\[" : pattern[position].ToString());
            position++;
        }
    }
}
