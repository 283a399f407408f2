using System.Security.Cryptography;

namespace PaymentGuard.Domain.Challenges;

/// <summary>
/// Codes for when every other factor is lost. 24 letters of 31 are 118 random bits, more than the 112 from which a keyed hash may be stored
/// instead of a slow one (NIST SP 800-63B-4 3.1.2.2). Letters and digits that are taken for one another (0 O, 1 I L) are not among them.
/// </summary>
public static class RecoveryCodes
{
    public const int SetSize = 10;

    private const string Alphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";
    private const int Letters = 24, GroupLetters = 4;

    /// <summary>A new code in groups of four, such as <c>7GQX-…</c>.</summary>
    public static string Make() =>
        string.Join('-', RandomNumberGenerator.GetString(Alphabet, Letters).Chunk(GroupLetters).Select(group => new string(group)));

    /// <summary>The code without hyphens and in capitals, whatever case and hyphens it was typed with.</summary>
    public static bool TryRead(string text, out string code)
    {
        code = "";
        if (text.Length > 2 * Letters) return false;
        code = text.Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
        return code.Length == Letters && !code.AsSpan().ContainsAnyExcept(Alphabet);
    }
}
