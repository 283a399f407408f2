using PaymentGuard.Platform;

namespace PaymentGuard.Velocity;

/// <summary>
/// Whether Redis holds all logs. The key <c>pg:v1:epoch</c> names the rebuild that they all stem from; it is written last. Where it is gone, or names
/// another rebuild than PostgreSQL does, Redis was emptied or replaced, and what it knows is too little. Looked at on each reconnect and each second.
/// </summary>
internal sealed class RedisEpoch
{
    public const string Key = "pg:v1:epoch";

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(1);

    private readonly RedisConnection redis;
    private readonly TimeProvider clock;
    private volatile string? expected;
    private volatile bool isComplete;
    private int disconnects;

    public RedisEpoch(RedisConnection redis, TimeProvider clock)
    {
        this.redis = redis;
        this.clock = clock;
        redis.Changed += Doubt;
    }

    /// <summary>Whether velocities may be read.</summary>
    public bool IsComplete => isComplete;

    /// <summary>Raised on another thread when Redis may have been emptied or replaced, so that nobody need wait for the next second.</summary>
    public event Action? Doubted;

    /// <summary>What PostgreSQL names; the first found in Redis counts until then.</summary>
    public void Expect(string epoch)
    {
        if (expected == epoch) return;
        isComplete = false;
        expected = epoch;
    }

    /// <summary>Asks Redis; without an answer nothing changes, because nothing can be read either.</summary>
    /// <returns>Whether Redis answered.</returns>
    public async ValueTask<bool> Check(CancellationToken ct)
    {
        var before = Volatile.Read(ref disconnects);
        var (isKnown, found) = await Find(ct);
        if (!isKnown) return false;
        if (found is not null) expected ??= found;
        isComplete = found is not null && found == expected && before == Volatile.Read(ref disconnects);
        return true;
    }

    /// <summary>What Redis says now; false when it does not answer.</summary>
    public async ValueTask<(bool IsKnown, string? Epoch)> Find(CancellationToken ct)
    {
        var answer = redis.GetDatabase().StringGetAsync(Key);
        return await answer.EndsWithin(Budget, clock, ct) ? (true, (string?)answer.Result) : (false, null);
    }

    /// <summary>Says that all logs are there.</summary>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public async Task Complete(string epoch, CancellationToken ct)
    {
        await redis.GetDatabase().StringSetAsync(Key, epoch).WaitAsync(Budget, clock, ct);
        expected = epoch;
        await Check(ct);
    }

    /// <summary>Says that logs are missing from now on.</summary>
    /// <exception cref="TimeoutException">Redis does not answer.</exception>
    public async Task Withdraw(CancellationToken ct)
    {
        isComplete = false;
        await redis.GetDatabase().KeyDeleteAsync(Key).WaitAsync(Budget, clock, ct);
    }

    private void Doubt()
    {
        Interlocked.Increment(ref disconnects);
        isComplete = false;
        Doubted?.Invoke();
    }
}
