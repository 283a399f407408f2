using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PaymentGuard.Domain.Challenges;

/// <summary>The hash under a one-time code's HMAC.</summary>
public enum CodeAlgorithm
{
    Sha1 = 1,
    Sha256 = 2,
    Sha512 = 3,
}

/// <summary>One-time codes out of a shared secret, by counter (HOTP, RFC 4226) and by time (TOTP, RFC 6238). Remembers nothing: what was used is the caller's to store.</summary>
public sealed class OneTimeCode
{
    public const int SecretBytesMin = 16, SecretBytesMax = 140;

    /// <summary>How many steps a code may be early or late (RFC 6238, 5.2 and 6).</summary>
    private const int StepsAround = 1;

    private readonly byte[] secret;
    private readonly HashAlgorithmName algorithm;

    /// <param name="secret">16 bytes (RFC 4226, R6) to 140.</param>
    /// <param name="digits">6 or 8.</param>
    /// <param name="stepSeconds">How long a code is the current one, 1 to 300.</param>
    public OneTimeCode(ReadOnlySpan<byte> secret, CodeAlgorithm algorithm = CodeAlgorithm.Sha1, int digits = 6, int stepSeconds = 30)
    {
        if (secret.Length is < SecretBytesMin or > SecretBytesMax) throw new ArgumentException($"A secret has {SecretBytesMin} to {SecretBytesMax} bytes.", nameof(secret));
        if (digits is not (6 or 8)) throw new ArgumentOutOfRangeException(nameof(digits), "A code has 6 or 8 digits.");
        if (stepSeconds is < 1 or > 300) throw new ArgumentOutOfRangeException(nameof(stepSeconds), "A step has 1 to 300 seconds.");
        (this.secret, this.algorithm, Digits, StepSeconds) = (secret.ToArray(), NameOf(algorithm), digits, stepSeconds);
    }

    public int Digits { get; }

    public int StepSeconds { get; }

    /// <summary>The code of a counter, which is a step for codes by time.</summary>
    public string At(long counter)
    {
        Span<byte> message = stackalloc byte[sizeof(long)], hash = stackalloc byte[HMACSHA512.HashSizeInBytes];
        BinaryPrimitives.WriteInt64BigEndian(message, counter);
        var length = CryptographicOperations.HmacData(algorithm, secret, message, hash);
        var number = BinaryPrimitives.ReadInt32BigEndian(hash[(hash[length - 1] & 0xf)..]) & int.MaxValue;      // RFC 4226, 5.3
        return (number % (Digits == 6 ? 1_000_000 : 100_000_000)).ToString($"D{Digits}", CultureInfo.InvariantCulture);
    }

    /// <summary>The step of a time from 1970 on.</summary>
    public long StepAt(DateTimeOffset time)
    {
        var unixSeconds = time.ToUnixTimeSeconds();
        ArgumentOutOfRangeException.ThrowIfNegative(unixSeconds, nameof(time));
        return unixSeconds / StepSeconds;
    }

    /// <summary>
    /// The step whose code this is, out of the expected one, the one before and the one after; null when it is none of them, or has anything
    /// but the digits. Store the step in the statement that accepts the code: only later ones are accepted then, so no code is accepted twice.
    /// </summary>
    /// <param name="lastStep">The latest step accepted for this secret; null: none yet.</param>
    /// <param name="driftSteps">Steps that the device's clock is known to be ahead.</param>
    public long? Match(string code, DateTimeOffset now, long? lastStep, int driftSteps = 0)
    {
        if (code.Length != Digits || !code.All(char.IsAsciiDigit)) return null;
        var (given, expected) = (Encoding.ASCII.GetBytes(code), StepAt(now) + driftSteps);
        long? matched = null;
        // All steps, whatever matches, so that the time taken does not tell which. The latest counts, should two steps have one code.
        for (var step = expected - StepsAround; step <= expected + StepsAround; step++)
        {
            var isCode = CryptographicOperations.FixedTimeEquals(given, Encoding.ASCII.GetBytes(At(step)));
            if (isCode && step >= 0 && step > (lastStep ?? -1)) matched = step;
        }
        return matched;
    }

    public override string ToString() => "OneTimeCode(hidden)";

    private static HashAlgorithmName NameOf(CodeAlgorithm algorithm) => algorithm switch
    {
        CodeAlgorithm.Sha1 => HashAlgorithmName.SHA1,
        CodeAlgorithm.Sha256 => HashAlgorithmName.SHA256,
        CodeAlgorithm.Sha512 => HashAlgorithmName.SHA512,
    };
}
