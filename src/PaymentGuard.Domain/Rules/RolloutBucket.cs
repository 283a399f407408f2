using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Domain.Rules;

/// <summary>
/// Sorts entities into 10,000 buckets, for each rule anew: the same entity is always in or out of a rule's rollout, whatever process
/// asks, stays in when the share grows, and is not always the guinea pig.
/// </summary>
public static class RolloutBucket
{
    private const int BucketCount = 10_000;

    /// <summary>The entities that a rollout can go by.</summary>
    public static FrozenSet<string> Entities { get; } =
        FrozenSet.Create(StringComparer.Ordinal, "account", "card", "device", "ip", "email", "phone", "merchant", "payment");

    /// <summary>0 to 9,999. A payment that lacks the entity goes by its account.</summary>
    public static int Of(string ruleId, string by, PaymentAttempt attempt)
    {
        var identifier = by switch
        {
            "card" => attempt.Card?.Token,
            "device" => attempt.Device?.Id,
            "ip" => attempt.Device?.Ip,
            "email" => attempt.Account.Email,
            "phone" => attempt.Account.Phone,
            "merchant" => attempt.Merchant?.Id,
            "payment" => attempt.Payment.Id,
            _ => null,
        };
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{ruleId}\0{identifier ?? attempt.Account.Id}"), digest);
        return (int)(BinaryPrimitives.ReadUInt64LittleEndian(digest) % BucketCount);
    }
}
