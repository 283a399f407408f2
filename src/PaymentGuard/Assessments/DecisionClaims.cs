using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using PaymentGuard.Platform;
using StackExchange.Redis;

namespace PaymentGuard.Assessments;

/// <summary>Who decides a payment, as far as Redis tells.</summary>
internal enum ClaimState
{
    /// <summary>Redis is not to be had.</summary>
    Away,
    /// <summary>Redis did not answer in time: it may hold an answer, and may still take ours.</summary>
    Late,
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

/// <summary>The command that says who decides a payment.</summary>
internal sealed class ClaimMarker(RedisKey key, byte[] marker, TimeSpan life)
{
    /// <summary>True: the marker is ours. Null: not sent.</summary>
    public Task<bool>? Sent { get; private set; }

    public void Send(IDatabaseAsync redis) => Sent = redis.StringSetAsync(key, marker, life, When.NotExists);
}

/// <summary>
/// Keeps two processes from deciding one payment while PostgreSQL cannot tell who was first: one key a payment, named by a keyed hash.
/// It holds first a marker (who is deciding, for 5 seconds) and, if PostgreSQL does not confirm in time, the answer, encrypted.
/// </summary>
internal sealed class DecisionClaims(RedisConnection redis, DataKeys keys)
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
    private int isSilent, isProbed;

    /// <summary>Prepares the marker, to be sent along with other commands. Null: Redis is away. Ends in <see cref="OwnerOf"/> or <see cref="Abandon"/>.</summary>
    public ClaimMarker? Begin(string paymentId) => MayAsk() ? new ClaimMarker(Key(paymentId), marker, MarkerLife) : null;

    /// <summary>Whose marker it is; nobody's when it was not sent.</summary>
    public async ValueTask<ClaimState> OwnerOf(ClaimMarker? prepared, TimeSpan budget)
    {
        if (prepared is null) return ClaimState.Away;
        if (prepared.Sent is not { } marking)
        {
            Volatile.Write(ref isProbed, 0);
            return ClaimState.Away;
        }
        if (!await EndsWithin(marking, budget).ConfigureAwait(false)) return marking.IsCompleted ? ClaimState.Away : ClaimState.Late;
        return marking.Result ? ClaimState.Mine : ClaimState.OtherDeciding;
    }

    /// <summary>The decision failed before anybody asked whose the marker is: another request may ask Redis now.</summary>
    public void Abandon(ClaimMarker? prepared)
    {
        if (prepared is not null) Volatile.Write(ref isProbed, 0);
    }

    /// <summary>What Redis holds for a payment.</summary>
    public async Task<Claim> Read(string paymentId, TimeSpan budget)
    {
        if (!MayAsk()) return new Claim(ClaimState.Away);
        var read = redis.GetDatabase().StringGetAsync(Key(paymentId));
        return await EndsWithin(read, budget).ConfigureAwait(false) ? ClaimOf(paymentId, read.Result) : Unanswered(read);
    }

    /// <summary>Makes a row the payment's answer, unless another process has it or is about to.</summary>
    public async Task<Claim> Answer(AssessmentRow row, TimeSpan budget)
    {
        if (!MayAsk()) return new Claim(ClaimState.Away);
        byte[] value = [AnswerKind, .. keys.Encrypt(row.ToBytes(), Place(row.PaymentId))];
        var set = redis.GetDatabase().ExecuteAsync("EVAL", AnswerScript, 1, Key(row.PaymentId), marker, value, (long)AnswerLife.TotalMilliseconds);
        if (!await EndsWithin(set, budget).ConfigureAwait(false)) return Unanswered(set);
        return set.Result.IsNull ? new Claim(ClaimState.Mine) : ClaimOf(row.PaymentId, (RedisValue)set.Result);
    }

    /// <summary>PostgreSQL has these: it tells from now on. What is not deleted expires.</summary>
    public void Forget(IReadOnlyList<AssessmentRow> rows)
    {
        if (!redis.IsConnected || Volatile.Read(ref isSilent) == 1) return;
        var database = redis.GetDatabase();
        foreach (var row in rows) database.KeyDelete(Key(row.PaymentId), CommandFlags.FireAndForget);
    }

    /// <summary>A Redis that did not answer in time is asked by one request at a time, until it answers: the others would wait for it in vain.</summary>
    private bool MayAsk() => redis.IsConnected && (Volatile.Read(ref isSilent) == 0 || Interlocked.CompareExchange(ref isProbed, 1, 0) == 0);

    /// <summary>False when the command failed, or is not done yet.</summary>
    private async ValueTask<bool> EndsWithin(Task command, TimeSpan budget)
    {
        if (!command.IsCompleted) await command.ForAtMost(budget);
        Volatile.Write(ref isSilent, command.IsCompleted ? 0 : 1);
        Volatile.Write(ref isProbed, 0);
        return command.IsCompletedSuccessfully;
    }

    private static Claim Unanswered(Task command) => new(command.IsCompleted ? ClaimState.Away : ClaimState.Late);

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
