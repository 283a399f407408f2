using System.Text;

namespace PaymentGuard.Domain.Rules.Language.Functions;

/// <summary>Texts are rows of code points, compared one by one and with regard to small and capital letters.</summary>
internal static class TextFunctions
{
    /// <summary>Longest text that a function makes, in UTF-16 units: without it, doubling a text 30 times would fill the memory.</summary>
    public const int LengthMax = 65_536;

    [RuleFunction("+", CallStyle.Operator, cost: 20)]
    public static bool TryConcat(string left, string right, out string result)
    {
        var fits = left.Length + right.Length <= LengthMax;
        result = fits ? left + right : "";
        return fits;
    }

    [RuleFunction("size", CallStyle.Either, cost: 5)]
    public static long Size(string text)
    {
        var size = text.Length;
        for (var i = 1; i < text.Length; i++)
            if (char.IsSurrogatePair(text[i - 1], text[i])) size--;
        return size;
    }

    [RuleFunction("contains", CallStyle.Method, cost: 10)]
    public static bool Contains(string text, string part) => text.Contains(part, StringComparison.Ordinal);

    [RuleFunction("startsWith", CallStyle.Method, cost: 3)]
    public static bool StartsWith(string text, string start) => text.StartsWith(start, StringComparison.Ordinal);

    [RuleFunction("endsWith", CallStyle.Method, cost: 3)]
    public static bool EndsWith(string text, string end) => text.EndsWith(end, StringComparison.Ordinal);

    [RuleFunction("lowerAscii", CallStyle.Method, cost: 20)]
    public static string LowerAscii(string text) => string.Create(text.Length, text, static (to, from) => ChangeCase(from, to, 'A', 'a'));

    [RuleFunction("upperAscii", CallStyle.Method, cost: 20)]
    public static string UpperAscii(string text) => string.Create(text.Length, text, static (to, from) => ChangeCase(from, to, 'a', 'A'));

    private static void ChangeCase(string text, Span<char> to, char firstOld, char firstNew)
    {
        for (var i = 0; i < text.Length; i++)
            to[i] = (uint)(text[i] - firstOld) < 26 ? (char)(text[i] - firstOld + firstNew) : text[i];
    }

    [RuleFunction("lower", CallStyle.Method, cost: 20)]
    public static string Lower(string text) => text.ToLowerInvariant();

    [RuleFunction("upper", CallStyle.Method, cost: 20)]
    public static string Upper(string text) => text.ToUpperInvariant();

    [RuleFunction("trim", CallStyle.Method, cost: 20)]
    public static string Trim(string text) => text.Trim();

    [RuleFunction("charAt", CallStyle.Method, cost: 20)]
    public static bool TryCharAt(string text, long index, out string result)
    {
        result = "";
        if (!TryOffset(text, index, out var start)) return false;
        var end = start == text.Length ? start : start + (char.IsSurrogatePair(text, start) ? 2 : 1);
        result = text[start..end];
        return true;
    }

    [RuleFunction("substring", CallStyle.Method, cost: 20)]
    public static bool TrySubstring(string text, long start, out string result) => TrySubstring(text, start, Size(text), out result);

    [RuleFunction("substring", CallStyle.Method, cost: 20)]
    public static bool TrySubstring(string text, long start, long end, out string result)
    {
        result = "";
        if (start > end || !TryOffset(text, start, out var from) || !TryOffset(text, end, out var to)) return false;
        result = text[from..to];
        return true;
    }

    [RuleFunction("indexOf", CallStyle.Method, cost: 20)]
    public static long IndexOf(string text, string part) => CodePointIndex(text, text.IndexOf(part, StringComparison.Ordinal));

    [RuleFunction("indexOf", CallStyle.Method, cost: 20)]
    public static bool TryIndexOf(string text, string part, long start, out long result)
    {
        result = -1;
        if (!TryOffset(text, start, out var from)) return false;
        result = CodePointIndex(text, text.IndexOf(part, from, StringComparison.Ordinal));
        return true;
    }

    [RuleFunction("lastIndexOf", CallStyle.Method, cost: 20)]
    public static long LastIndexOf(string text, string part) => CodePointIndex(text, part.Length == 0 ? text.Length : text.LastIndexOf(part, StringComparison.Ordinal));

    [RuleFunction("replace", CallStyle.Method, cost: 50)]
    public static bool TryReplace(string text, string from, string to, out string result) => TryReplace(text, from, to, -1, out result);

    /// <summary>Replaces the first <paramref name="limit"/> places; all when it is negative. An empty <paramref name="from"/> stands before each character and at the end.</summary>
    [RuleFunction("replace", CallStyle.Method, cost: 50)]
    public static bool TryReplace(string text, string from, string to, long limit, out string result)
    {
        var made = new StringBuilder();
        var position = 0;
        for (var left = limit; left != 0 && made.Length <= LengthMax; left--)
        {
            var found = text.IndexOf(from, position, StringComparison.Ordinal);
            if (found < 0) break;
            made.Append(text, position, found - position).Append(to);
            position = found + from.Length;
            if (from.Length == 0 && !TryCopyCharacter(text, ref position, made)) break;
        }
        made.Append(text, position, text.Length - position);
        result = made.Length <= LengthMax ? made.ToString() : "";
        return made.Length <= LengthMax;
    }

    private static bool TryCopyCharacter(string text, ref int position, StringBuilder to)
    {
        if (position == text.Length) return false;
        var length = char.IsSurrogatePair(text, position) ? 2 : 1;
        to.Append(text, position, length);
        position += length;
        return true;
    }

    [RuleFunction("split", CallStyle.Method, cost: 100, Elements = SignalType.Text)]
    public static object[] Split(string text, string separator) => Split(text, separator, -1);

    /// <summary>At most <paramref name="limit"/> parts, the last one whole; any number when it is negative.</summary>
    [RuleFunction("split", CallStyle.Method, cost: 100, Elements = SignalType.Text)]
    public static object[] Split(string text, string separator, long limit)
    {
        var count = limit < 0 ? int.MaxValue : (int)Math.Min(limit, int.MaxValue);
        if (count == 0) return [];
        return separator.Length > 0 ? [.. text.Split(separator, count)] : SplitCharacters(text, count);
    }

    private static object[] SplitCharacters(string text, int count)
    {
        var parts = new List<object>();
        for (var i = 0; i < text.Length;)
        {
            var length = parts.Count == count - 1 ? text.Length - i : char.IsSurrogatePair(text, i) ? 2 : 1;
            parts.Add(text.Substring(i, length));
            i += length;
        }
        return [.. parts];
    }

    /// <summary>Orders by code points: UTF-16 units would put U+FFFD behind the characters past U+FFFF, whose surrogates are smaller.</summary>
    public static int Compare(string left, string right)
    {
        var common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length) return left.Length - right.Length;
        var (a, b) = (left[common], right[common]);
        return char.IsSurrogate(a) == char.IsSurrogate(b) ? a - b : char.IsSurrogate(a) ? 1 : -1;
    }

    /// <summary>Where the code point of that number begins; its count is the end.</summary>
    private static bool TryOffset(string text, long codePoint, out int offset)
    {
        offset = 0;
        if (codePoint < 0 || codePoint > text.Length) return false;
        for (; codePoint > 0 && offset < text.Length; codePoint--) offset += char.IsSurrogatePair(text, offset) ? 2 : 1;
        return codePoint == 0;
    }

    private static long CodePointIndex(string text, int offset)
    {
        long index = offset;
        for (var i = 1; i < offset; i++)
            if (char.IsSurrogatePair(text[i - 1], text[i])) index--;
        return index;
    }
}
