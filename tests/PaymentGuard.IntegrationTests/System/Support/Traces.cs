using System.Security.Cryptography;
using System.Text;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>Finds a text in bytes, also where it was written in another alphabet or hashed without a key.</summary>
internal static class Traces
{
    // Of a digest or an encoding, so much is told apart from chance.
    private const int LengthMin = 12;

    /// <summary>The ways in which one of the texts stands in the bytes; empty when in none.</summary>
    public static IEnumerable<string> In(byte[] bytes, IEnumerable<string> texts) =>
        from text in texts
        from form in Forms(text)
        where bytes.AsSpan().IndexOf(form.Bytes) >= 0
        select $"{form.Name} of {text}";

    private static IEnumerable<(string Name, byte[] Bytes)> Forms(string text)
    {
        foreach (var spelled in (string[])[text, text.ToLowerInvariant(), text.ToUpperInvariant()])
        {
            var raw = spelled.Utf8();
            yield return ("the text", raw);
            yield return ("UTF-16", Encoding.Unicode.GetBytes(spelled));
            yield return ("the address escape", Uri.EscapeDataString(spelled).Utf8());
            foreach (var form in Encoded("the text", raw)) yield return form;
            (string Name, byte[] Bytes)[] digests = [("SHA-256", SHA256.HashData(raw)), ("SHA-512", SHA512.HashData(raw))];
            foreach (var (name, digest) in digests)
            {
                yield return (name, digest[..LengthMin]);
                foreach (var form in Encoded(name, digest[..LengthMin])) yield return form;
            }
        }
    }

    private static IEnumerable<(string Name, byte[] Bytes)> Encoded(string name, byte[] raw)
    {
        yield return ($"hex {name}", Convert.ToHexString(raw).Utf8());
        yield return ($"hex {name}", Convert.ToHexStringLower(raw).Utf8());
        // Base64 depends on how many bytes stand before: of each case, what does not depend on the neighbours.
        for (var before = 0; before < 3; before++)
        {
            var all = Convert.ToBase64String([.. new byte[before], .. raw]).TrimEnd('=');
            var inner = all[(before == 0 ? 0 : before + 1)..^1];
            if (inner.Length < LengthMin) continue;
            yield return ($"base64 {name}", inner.Utf8());
            yield return ($"base64url {name}", inner.Replace('+', '-').Replace('/', '_').Utf8());
        }
    }
}
