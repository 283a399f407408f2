using Microsoft.Extensions.Logging.Abstractions;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Platform;
using PaymentGuard.Velocity;
using StackExchange.Redis;

namespace PaymentGuard.IntegrationTests.Velocity;

/// <summary>A process' velocity parts over one Redis, without PostgreSQL.</summary>
internal sealed class RedisLogs : IAsyncDisposable
{
    public const string Epoch = "test";

    private RedisLogs(string address)
    {
        var settings = new Settings(name => name == "PAYMENTGUARD_REDIS" ? address : null);
        Redis = new RedisConnection(settings, TimeProvider.System, NullLogger<RedisConnection>.Instance) { Patience = TimeSpan.FromSeconds(1) };
        EpochState = new RedisEpoch(Redis, TimeProvider.System);
        Compaction = new RedisCompaction(Redis, TimeProvider.System);
        Store = new RedisVelocityStore(Redis, EpochState, Missing, Compaction, TimeProvider.System);
    }

    public RedisConnection Redis { get; }

    public RedisEpoch EpochState { get; }

    public MissingAppends Missing { get; } = new();

    public RedisCompaction Compaction { get; }

    public RedisVelocityStore Store { get; }

    public static async Task<RedisLogs> Open(string address, bool isComplete = true)
    {
        var logs = new RedisLogs(address);
        if (isComplete) await logs.EpochState.Complete(Epoch, CancellationToken.None);
        await logs.Compaction.StartAsync(CancellationToken.None);
        return logs;
    }

    /// <summary>What the process does each second.</summary>
    public async Task Look()
    {
        if (await EpochState.Check(CancellationToken.None)) await Missing.Retry(record => Store.AppendNow(record, CancellationToken.None), 100);
    }

    /// <summary>The log of an entity as it stands in Redis.</summary>
    public async Task<byte[]> LogOf(EntityKey key) => (byte[]?)await Redis.GetDatabase().StringGetAsync(key.ToString()) ?? [];

    public async ValueTask DisposeAsync()
    {
        await Compaction.StopAsync(CancellationToken.None);
        Compaction.Dispose();
        Redis.Dispose();
    }
}
