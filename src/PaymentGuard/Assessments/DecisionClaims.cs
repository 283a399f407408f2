using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using PaymentGuard.Platform;
using StackExchange.Redis;

namespace PaymentGuard.Assessments;

/// <summary>Who decides a payment, as far as Redis tells.</summary>
internal enum ClaimState
{
    /// <summary>Redis did not answer in time.</summary>
    Unknown,
    /// <summary>We do.</summary>
    Mine,
    /// <summary>Another process does, and has said nothing yet.</summary>
    OtherDeciding,
    /// <summary>There is an answer, which counts.</summary>
    Answered,
    /// <summary>Nobody does.</summary>
    Free,
}

/// <param name="Answer">The assessment that counts, when the state says that there is one.</param>
internal readonly record struct Claim(ClaimState State, AssessmentRow? Answer = null);

/// <summary>
/// Keeps two processes from deciding one payment while PostgreSQL cannot tell who was first: one key a payment, named by a keyed hash.
/// It holds first a marker (who is deciding, for 5 seconds) and, if PostgreSQL does not confirm in time, the answer, encrypted.
/// </summary>
internal sealed class DecisionClaims(IConnectionMultiplexer redis, DataKeys keys)
{
    private const byte DecidingKind = (byte)'d', AnswerKind = (byte)'a';
    private static readonly TimeSpan MarkerLife = TimeSpan.FromSeconds(5);   // longer than any deadline
    private static readonly TimeSpan AnswerLife = TimeSpan.FromDays(7);      // longer than PostgreSQL may be away

    // Replaces our own marker, or an expired one, and nothing else.
    private const string AnswerScript =
        """
        local value = redis.call('GET', KEYS[1])
        if not value or value == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return false end
        return value
        """;

    private readonly byte[] hashKey = keys.Derive("claims");
    private readonly byte[] marker = [DecidingKind, .. RandomNumberGenerator.GetBytes(16)];

    /// <summary>
    /// Sends the marker, to go out with the commands that follow. True: we decide; false: another process may; null: Redis is away.
    /// </summary>
    public Task<bool>? Begin(string paymentId) =>
        redis.IsConnected ? redis.GetDatabase().StringSetAsync(Key(paymentId), marker, MarkerLife, When.NotExists) : null;

    /// <summary>What Redis holds for a payment.</summary>
    public async Task<Claim> Read(string paymentId, TimeSpan budget)
    {
        if (!redis.IsConnected) return new Claim(ClaimState.Unknown);
        var read = redis.GetDatabase().StringGetAsync(Key(paymentId));
        await read.ForAtMost(budget);
        return read.IsCompletedSuccessfully ? ClaimOf(paymentId, read.Result) : new Claim(ClaimState.Unknown);
    }

    /// <summary>Makes a row the payment's answer, unless another process has it or is about to.</summary>
    public async Task<Claim> Answer(AssessmentRow row, TimeSpan budget)
    {
        if (!redis.IsConnected) return new Claim(ClaimState.Unknown);
        byte[] value = [AnswerKind, .. keys.Encrypt(row.ToBytes(), Place(row.PaymentId))];
        var set = redis.GetDatabase().ExecuteAsync("EVAL", AnswerScript, 1, Key(row.PaymentId), marker, value, (long)AnswerLife.TotalMilliseconds);
        await set.ForAtMost(budget);
        if (!set.IsCompletedSuccessfully) return new Claim(ClaimState.Unknown);
        return set.Result.IsNull ? new Claim(ClaimState.Mine) : ClaimOf(row.PaymentId, (RedisValue)set.Result);
    }

    /// <summary>PostgreSQL has these: it tells from now on. What is not deleted expires.</summary>
    public void Forget(IReadOnlyList<AssessmentRow> rows)
    {
        if (!redis.IsConnected) return;
        var database = redis.GetDatabase();
        foreach (var row in rows) database.KeyDelete(Key(row.PaymentId), CommandFlags.FireAndForget);
    }

    private Claim ClaimOf(string paymentId, RedisValue value)
    {
        if (value.IsNull) return new Claim(ClaimState.Free);
        var bytes = (byte[])value!;
        if (bytes.AsSpan().SequenceEqual(marker)) return new Claim(ClaimState.Mine);
        if (bytes.Length == 0 || bytes[0] != AnswerKind) return new Claim(ClaimState.OtherDeciding);
        try { return new Claim(ClaimState.Answered, AssessmentRow.FromBytes(keys.Decrypt(bytes.AsSpan(1), Place(paymentId)))); }
        // Damaged, or of a newer version: it cannot be repeated, and must not be contradicted.
        catch (Exception failure) when (failure is CryptographicException or InvalidDataException or EndOfStreamException) { return new Claim(ClaimState.OtherDeciding); }
    }

    private RedisKey Key(string paymentId)
    {
        Span<byte> name = stackalloc byte[Encoding.UTF8.GetMaxByteCount(paymentId.Length)];
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(hashKey, name[..Encoding.UTF8.GetBytes(paymentId, name)], hash);
        Span<byte> key = stackalloc byte[8 + 22];
        "pg:v1:q:"u8.CopyTo(key);
        Base64Url.EncodeToUtf8(hash[..16], key[8..]);
        return key.ToArray();
    }

    private static string Place(string paymentId) => $"redis.answer:{paymentId}";
}
