using System.Text;

namespace PaymentGuard.Domain.Challenges;

/// <summary>Base32 (RFC 4648, 6) in capitals and without padding, as authenticator apps take secrets. Each sequence of bytes has one spelling.</summary>
public static class Base32
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int BitsPerLetter = 5, BitsPerByte = 8;

    public static string Write(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(((bytes.Length * BitsPerByte) + BitsPerLetter - 1) / BitsPerLetter);
        var (pending, bits) = (0, 0);
        foreach (var one in bytes)
        {
            (pending, bits) = ((pending << BitsPerByte) | one, bits + BitsPerByte);
            for (; bits >= BitsPerLetter; bits -= BitsPerLetter) text.Append(Alphabet[(pending >> (bits - BitsPerLetter)) & 31]);
            pending &= (1 << bits) - 1;
        }
        if (bits > 0) text.Append(Alphabet[(pending << (BitsPerLetter - bits)) & 31]);
        return text.ToString();
    }

    /// <summary>False for anything that <see cref="Write"/> does not write: small letters, padding, spaces, a letter too many, bits left over.</summary>
    public static bool TryRead(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length * BitsPerLetter / BitsPerByte];
        var (pending, bits, count) = (0, 0, 0);
        foreach (var letter in text)
        {
            var value = Alphabet.IndexOf(letter);
            if (value < 0) return false;
            (pending, bits) = ((pending << BitsPerLetter) | value, bits + BitsPerLetter);
            if (bits < BitsPerByte) continue;
            bits -= BitsPerByte;
            bytes[count++] = (byte)(pending >> bits);
            pending &= (1 << bits) - 1;
        }
        return bits < BitsPerLetter && pending == 0;
    }
}
