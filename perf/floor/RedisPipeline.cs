using System.Buffers.Binary;
using PaymentGuard.Domain.Payments;
using StackExchange.Redis;

namespace PaymentGuard.Floor;

/// <summary>The least that a decision needs of Redis: one pipeline that appends 32 bytes to the log of each of five entities and reads it.</summary>
internal sealed class RedisPipeline(IDatabase redis)
{
    private const int LifetimeSeconds = 90 * 24 * 3_600;

    /// <summary>Bytes read, so that nothing of the answers can be left out.</summary>
    public async Task<int> AppendAndRead(PaymentAttempt attempt)
    {
        var record = Record(attempt);
        var card = AppendAndRead("f:c:" + attempt.Card?.Token, record);
        var account = AppendAndRead("f:a:" + attempt.Account.Id, record);
        var device = AppendAndRead("f:d:" + attempt.Device?.Id, record);
        var merchant = AppendAndRead("f:m:" + attempt.Merchant?.Id, record);
        var phone = AppendAndRead("f:p:" + attempt.Account.Phone, record);
        return Length(await card) + Length(await account) + Length(await device) + Length(await merchant) + Length(await phone);
    }

    private Task<RedisResult> AppendAndRead(RedisKey key, byte[] record)
    {
        _ = redis.StringAppendAsync(key, record);       // answered before the read that follows it
        return redis.ExecuteAsync("GETEX", key, "EX", LifetimeSeconds);
    }

    private static byte[] Record(PaymentAttempt attempt)
    {
        var record = new byte[32];
        BinaryPrimitives.WriteInt64LittleEndian(record, attempt.Payment.OccurredAt?.ToUnixTimeMilliseconds() ?? 0);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(8), attempt.Payment.Id.GetHashCode(StringComparison.Ordinal));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(16), (uint)attempt.Payment.Amount.Minor);
        return record;
    }

    private static int Length(RedisResult log) => ((byte[])log).Length;
}
