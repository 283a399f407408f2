using System.Security.Cryptography;
using System.Text;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>Keyed hashes of codes and of credential ids, which is all that is stored of them. The key is not in the database.</summary>
internal sealed class CodeHashes(DataKeys keys)
{
    private readonly byte[] key = keys.Derive("codes");

    /// <summary>Of a recovery code as <c>RecoveryCodes.TryRead</c> gives it.</summary>
    public byte[] OfRecoveryCode(string code) => Of("recovery", code);

    /// <summary>Of a code that was sent for this challenge or confirmation: it is no use for another one.</summary>
    public byte[] OfSentCode(Guid sentFor, string code) => Of($"sent:{sentFor}", code);

    /// <summary>Of a passkey's credential id.</summary>
    public byte[] OfCredential(ReadOnlySpan<byte> id) => Of("credential", Convert.ToHexString(id));

    private byte[] Of(string purpose, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{purpose}\n{text}"));
}
