using System.Globalization;
using System.Text;

namespace PaymentGuard.Domain.Payments;

/// <summary>
/// Finds card numbers in texts where none may be: 13 to 19 digits, at most a single space or dash between two of them, with a card
/// scheme's prefix and length and a right check digit (Luhn, ISO/IEC 7812-1). A number may stand inside other text, and where a row of
/// digit groups begins or ends a group ("order 2024 4111 1111 1111 1111"); a part of one unbroken longer run of digits is none, and a text that is
/// a UUID as a whole, by itself or behind a word (<c>pay_…</c>), holds none: of those that are made at random, some would pass for one.
/// </summary>
public static partial class CardNumber
{
    private const int DigitsMin = 13, DigitsMax = 19;

    /// <summary>Whether the text holds a card number. Digits of all scripts count, as a person reads them alike.</summary>
    public static bool IsIn(ReadOnlySpan<char> text)
    {
        if (text.Length < DigitsMin) return false;
        return Ascii.IsValid(text) ? AsciiHolds(text) && !IsUuid(text) : IsInOtherScript(text);
    }

    /// <summary>32 hexadecimal digits, letters among them, with a UUID's dashes or without.</summary>
    private static bool IsUuid(ReadOnlySpan<char> text)
    {
        var start = text.LastIndexOf('_') + 1;
        var word = text[..start];
        var id = text[start..];
        return !word.ContainsAnyInRange('0', '9') && (Guid.TryParseExact(id, "N", out _) || Guid.TryParseExact(id, "D", out _))
            && (id.ContainsAnyInRange('a', 'f') || id.ContainsAnyInRange('A', 'F'));
    }

    private static bool AsciiHolds(ReadOnlySpan<char> text)
    {
        // Most texts end here: a vectorised search finds no digit with room for twelve more.
        for (var start = text.IndexOfAnyInRange('0', '9'); start >= 0 && text.Length - start >= DigitsMin;)
        {
            var end = EndOfRow(text, start, out var digits);
            if (digits >= DigitsMin && RowHolds(text[start..end])) return true;
            var next = text[end..].IndexOfAnyInRange('0', '9');
            start = next < 0 ? -1 : end + next;
        }
        return false;
    }

    /// <summary>Where the row of digits that starts here ends: at two separators side by side, or at anything else.</summary>
    private static int EndOfRow(ReadOnlySpan<char> text, int start, out int digits)
    {
        digits = 0;
        var end = start;
        for (var at = start; at < text.Length; at++)
        {
            if (char.IsAsciiDigit(text[at])) (digits, end) = (digits + 1, at + 1);
            else if (text[at] is not (' ' or '-') || at > end) break;
        }
        return end;
    }

    /// <summary>Whether a number begins at the start of a group of this row and ends at the end of one.</summary>
    private static bool RowHolds(ReadOnlySpan<char> row)
    {
        Span<byte> digits = stackalloc byte[DigitsMax];
        for (var start = 0; start < row.Length; start++)
        {
            if (!char.IsAsciiDigit(row[start]) || start > 0 && char.IsAsciiDigit(row[start - 1])) continue;
            var count = 0;
            for (var at = start; at < row.Length && count < DigitsMax; at++)
            {
                if (!char.IsAsciiDigit(row[at])) continue;
                digits[count++] = (byte)(row[at] - '0');
                var groupEnds = at + 1 == row.Length || !char.IsAsciiDigit(row[at + 1]);
                if (groupEnds && count >= DigitsMin && IsCardNumber(digits[..count])) return true;
            }
        }
        return false;
    }

    /// <summary>Looks at the same text with all digits, spaces and dashes brought to ASCII.</summary>
    private static bool IsInOtherScript(ReadOnlySpan<char> text)
    {
        var plain = text.Length <= 1_024 ? stackalloc char[text.Length] : new char[text.Length];
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var digit = rune.IsBmp ? CharUnicodeInfo.GetDecimalDigitValue((char)rune.Value) : CharUnicodeInfo.GetDecimalDigitValue(rune.ToString(), 0);
            plain[length++] = digit >= 0 ? (char)('0' + digit) : Plain(rune);
        }
        return AsciiHolds(plain[..length]);
    }

    private static char Plain(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.SpaceSeparator => ' ',
        UnicodeCategory.DashPunctuation => '-',
        _ when rune.Value == 0x2212 => '-',
        _ => rune.IsAscii ? (char)rune.Value : 'x',
    };

    private static bool IsCardNumber(ReadOnlySpan<byte> digits) => PassesLuhn(digits) && HasScheme(digits);

    private static bool PassesLuhn(ReadOnlySpan<byte> digits)
    {
        var sum = 0;
        for (var place = 0; place < digits.Length; place++)
        {
            int digit = digits[digits.Length - 1 - place];
            if (place % 2 == 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
            sum += digit;
        }
        return sum % 10 == 0;
    }
}
