using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Tests.Velocity;

namespace PaymentGuard.IntegrationTests.Velocity;

/// <summary>One Redis for all tests of the suite.</summary>
public sealed class ConformanceRedis(TestServers servers) : IAsyncLifetime
{
    private RedisServer? server;

    internal RedisLogs Logs { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Logs = await RedisLogs.Open((server = await servers.StartRedis()).Address);

    public async ValueTask DisposeAsync()
    {
        await Logs.DisposeAsync();
        await server!.Remove();
    }
}

/// <summary>The suite that every store passes, over a real Redis.</summary>
public sealed class RedisVelocityStoreTests(ConformanceRedis redis) : VelocityConformance, IClassFixture<ConformanceRedis>
{
    private protected override IVelocityStore Store => redis.Logs.Store;

    /// <summary>Until the log of the card is as short as compaction leaves it.</summary>
    private protected override Task Settle(object world)
    {
        var key = ((VelocityWorld)world).Attempt(VelocityWorld.Payment("any"), 0).KeyOf(0);
        return Eventually.Holds("the log is compacted", async () => !LogCompactor.IsDue(await redis.Logs.LogOf(key), VelocitySettings.Default.Entities[0]));
    }
}
