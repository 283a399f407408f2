using System.Text.Json;
using System.Text.Json.Serialization;

namespace PaymentGuard.Challenges;

/// <summary>A passkey of an account.</summary>
/// <param name="Id">The credential id, which the authenticator chose; 1 to 1,023 bytes.</param>
/// <param name="PublicKey">COSE_Key.</param>
/// <param name="Transports">How browsers reach the authenticator, such as <c>internal</c> and <c>hybrid</c>.</param>
/// <param name="IsBackupEligible">Whether it may be synchronised to other devices; fixed for the life of a passkey.</param>
internal sealed record PasskeyCredential(byte[] Id, byte[] PublicKey, string[] Transports, bool IsBackupEligible)
{
    /// <summary>Uses that the authenticator counts; 0: it does not count. It has a column of its own, because each use changes it.</summary>
    [JsonIgnore]
    public long SignCount { get; init; }

    /// <summary>All but the sign count, as it is stored.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>What <see cref="ToBytes"/> made.</summary>
    public static PasskeyCredential Read(ReadOnlySpan<byte> bytes, long signCount) =>
        JsonSerializer.Deserialize<PasskeyCredential>(bytes)! with { SignCount = signCount };
}
