using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PaymentGuard.Audit;

/// <summary>
/// A signed statement that the chain was whole up to an entry. As a line of text: tag, number of the entry that the checkpoint before it
/// names (0: it is the first), number, link in base64, time, signature in base64, with single spaces between; the signature is ECDSA
/// P-256 with SHA-256 (DER) over all of the line before the last space.
/// </summary>
/// <param name="From">The entry that the checkpoint before it names; those after it were checked for this one.</param>
/// <param name="Number">The last entry covered.</param>
internal sealed record Checkpoint(long From, long Number, byte[] Link, DateTimeOffset At)
{
    private const string Tag = "paymentguard-audit-checkpoint-v1";
    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
    private const int FieldCount = 6;

    /// <summary>The line, without its end.</summary>
    public string Sign(ECDsa key)
    {
        var signed = string.Create(CultureInfo.InvariantCulture, $"{Tag} {From} {Number} {Convert.ToBase64String(Link)} {At.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}");
        return $"{signed} {Convert.ToBase64String(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))}";
    }

    /// <summary>Null when the line is not exactly as <see cref="Sign"/> writes it, or none of the keys has signed it.</summary>
    public static Checkpoint? Read(string line, IReadOnlyList<ECDsa> keys)
    {
        var fields = line.Split(' ');
        if (fields.Length != FieldCount || fields[0] != Tag || !IsSigned(line[..line.LastIndexOf(' ')], fields[^1], keys)) return null;
        // Signed by us, so it reads.
        return new Checkpoint(
            long.Parse(fields[1], CultureInfo.InvariantCulture), long.Parse(fields[2], CultureInfo.InvariantCulture), Convert.FromBase64String(fields[3]),
            DateTimeOffset.ParseExact(fields[4], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));
    }

    private static bool IsSigned(string text, string signature, IReadOnlyList<ECDsa> keys)
    {
        var bytes = new byte[signature.Length];
        if (!Ascii.IsValid(text) || !Convert.TryFromBase64String(signature, bytes, out var length)) return false;
        return keys.Any(key => key.VerifyData(Encoding.ASCII.GetBytes(text), bytes.AsSpan(0, length).ToArray(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }
}

/// <summary>A line of a file of checkpoints that cannot be relied on.</summary>
/// <param name="Line">From 1.</param>
internal sealed record CheckpointFault(string File, int Line, string Problem);
