using System.Diagnostics;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Tests.Velocity;
using static PaymentGuard.Tests.Velocity.VelocityWorld;

namespace PaymentGuard.IntegrationTests.Velocity;

/// <summary>What a payment is told while Redis fails: in time, and never too little. And that nothing need be restarted.</summary>
[Collection(Alone.Name)]
public sealed class RedisFaultTests(TestServers servers) : IAsyncLifetime
{
    private const long Hour = 3_600_000;
    private static readonly TimeSpan Budget = TimeSpan.FromMilliseconds(60);

    /// <summary>More than the budget, because the machine is shared; much less than Redis' own timeouts.</summary>
    private static readonly TimeSpan InTime = TimeSpan.FromMilliseconds(700);

    private RedisServer redis = null!;
    private TcpProxy proxy = null!;
    private RedisLogs logs = null!;
    private VelocityWorld world = null!;

    public async ValueTask InitializeAsync()
    {
        redis = await servers.StartRedis();
        proxy = new TcpProxy(redis.Address);
        logs = await RedisLogs.Open(proxy.Address);
        world = new VelocityWorld(logs.Store, Card(VelocityAggregate.Count, Hour)) { Budget = Budget };
        await Eventually.Holds("a first payment is counted", async () => (await world.Pay("p0", 0)).State() == SignalState.Known);
    }

    public async ValueTask DisposeAsync()
    {
        await logs.DisposeAsync();
        await proxy.DisposeAsync();
        await redis.Remove();
    }

    [Fact]
    public async Task Redis_Stopped_IsUnavailableInTimeAndRecoversOnceComplete()
    {
        await redis.Kill();
        await PaysUnavailable("stopped");
        await redis.Start();
        // It came back empty: what it knows now is too little.
        await Eventually.Holds("Redis answers again", async () => { await logs.Look(); return logs.Missing.UnconfirmedCount == 0; });
        Assert.False(logs.EpochState.IsComplete);
        Assert.Equal(SignalState.Unavailable, (await world.Look(1)).State());
        await logs.EpochState.Complete(RedisLogs.Epoch, CancellationToken.None);
        await Recovers();
    }

    [Fact]
    public async Task Redis_Silent_IsUnavailableInTimeAndIsNotAskedByEveryPayment()
    {
        redis.Pause();
        await PaysUnavailable("silent");
        for (var payment = 0; payment < 300; payment++) await world.Pay($"more{payment}", payment);
        var counters = logs.Redis.Client.GetCounters();
        Assert.InRange(counters.Interactive.SentItemsAwaitingResponse + counters.Interactive.PendingUnsentItems, 0, 600);
        redis.Resume();
        await Recovers();
    }

    [Fact]
    public async Task Redis_SlowByThreeHundredMilliseconds_IsUnavailableInTime()
    {
        proxy.Delay = TimeSpan.FromMilliseconds(300);
        await PaysUnavailable("slow");
        proxy.Delay = TimeSpan.Zero;
        await Recovers();
    }

    [Fact]
    public async Task Redis_Full_ConfirmsNothingAndReadsNothing()
    {
        await Configure("maxmemory", "1");
        await PaysUnavailable("full");
        await Configure("maxmemory", "0");
        await Recovers();
    }

    [Fact]
    public async Task Redis_ReadOnly_ConfirmsNothing()
    {
        await Configure("min-replicas-to-write", "1");
        await PaysUnavailable("read-only");
        await Configure("min-replicas-to-write", "0");
        await Recovers();
    }

    [Fact]
    public async Task Redis_Emptied_IsNoticedWithTheNextLook()
    {
        await Execute("FLUSHALL");
        await logs.Look();
        Assert.Equal(SignalState.Unavailable, (await world.Pay("p1", 1)).State());
        Assert.Equal(["velocity.card"], world.Plan.Degraded((await world.Pay("p2", 2)).Attempt));
        await logs.EpochState.Complete(RedisLogs.Epoch, CancellationToken.None);
        Assert.Equal(2, (await world.Pay("p3", 3)).Value());
    }

    [Fact]
    public async Task Redis_ReplacedByAnother_IsNoticedOnTheReconnect()
    {
        await Execute("SET", "pg:v1:epoch", "another");
        proxy.DropConnections();
        await Eventually.Holds("the other epoch is noticed", async () => { await logs.Look(); return !logs.EpochState.IsComplete; });
        await Eventually.Holds("Redis answers", async () => { await logs.Look(); return (await world.Pay("p1", 1)).IsAppended; });
        Assert.Equal(SignalState.Unavailable, (await world.Pay("p2", 2)).State());
    }

    [Fact]
    public async Task Redis_GoneForLong_IsConnectedAnew()
    {
        var client = logs.Redis.Client;
        proxy.GoDown();
        await Eventually.Holds("the connection is made anew", () => Task.FromResult(logs.Redis.Client != client));
        Assert.False(logs.EpochState.IsComplete);
        await PaysUnavailable("gone");
        proxy.GoUp();
        await Recovers();
    }

    [Fact]
    public async Task Redis_ScriptsForgotten_CompactsAllTheSame()
    {
        for (var round = 0; round < 2; round++)
        {
            await Execute("SCRIPT", "FLUSH");
            for (var payment = 0; payment < 200; payment++) await world.Pay($"round{round}-{payment}", payment);
            await Eventually.Holds("the log is compacted", async () => !LogCompactor.IsDue(await logs.LogOf(Card1()), VelocitySettings.Default.Entities[0]));
        }
        Assert.Equal(401, (await world.Look(1_000)).Value());
    }

    [Fact]
    public async Task Append_NotConfirmed_MakesItsEntityUnavailableUntilItIs()
    {
        await Configure("maxmemory", "1");
        Assert.False((await world.Pay("p1", 1)).IsAppended);
        await Configure("maxmemory", "0");
        Assert.Equal(SignalState.Unavailable, (await world.Look(2)).State());
        Assert.Equal(SignalState.Known, (await world.Look(2, Payment("other", card: "c2"))).State());
        await logs.Look();
        Assert.Equal(2, (await world.Look(2)).Value());
    }

    [Fact]
    public async Task Compaction_WhilePaymentsAppend_LosesNone()
    {
        var patient = new VelocityWorld(logs.Store, Card(VelocityAggregate.Count, Hour));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async writer =>
        {
            for (var payment = 0; payment < 150; payment++) await patient.Pay($"{writer}-{payment}", payment);
        }));
        Assert.Equal(1_200, (await patient.Look(1_000)).Value());
        Assert.InRange((await logs.LogOf(patient.Attempt(Payment("any"), 0).KeyOf(0))).Length, 32, 600 * VelocityRecord.Size);
    }

    [Fact]
    public async Task Compaction_OfALogThatWasReplacedMeanwhile_DoesNothing()
    {
        for (var payment = 0; payment < 161; payment++) await world.Store.Append(VelocityEvent.Attempt(world.Attempt(Payment($"p{payment}"), payment)), CancellationToken.None);
        var card = VelocitySettings.Default.Entities[0];
        var compactions = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => logs.Compaction.Compact(Card1(), card, CancellationToken.None)));
        Assert.Single(compactions, replaced => replaced);
        Assert.Equal(161, (await world.Look(1_000)).Value());
    }

    private EntityKey Card1() => world.Attempt(Payment("any"), 0).KeyOf(0);

    private async Task PaysUnavailable(string name)
    {
        for (var payment = 0; payment < 5; payment++)
        {
            var begun = Stopwatch.GetTimestamp();
            var answer = await world.Pay($"{name}{payment}", payment);
            Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, InTime);
            Assert.Equal(SignalState.Unavailable, answer.State());
            Assert.Equal(["velocity.card"], world.Plan.Degraded(answer.Attempt));
            Assert.False(answer.IsAppended);
        }
    }

    /// <summary>And then counts all payments, those during the failure included.</summary>
    private async Task Recovers()
    {
        await Eventually.Holds("a payment is counted again", async () =>
        {
            await logs.Look();
            return (await world.Look(10)).State() == SignalState.Known;
        });
        Assert.InRange((await world.Look(400)).Value()!.Value, 5, 400);
    }

    private Task Configure(string setting, string value) => Execute("CONFIG", "SET", setting, value);

    /// <summary>Asks Redis past the proxy.</summary>
    private async Task Execute(string command, params object[] arguments)
    {
        await using var direct = await RedisLogs.Open(redis.Address, isComplete: false);
        await Eventually.Holds("Redis is connected", () => Task.FromResult(direct.Redis.IsConnected));
        await direct.Redis.GetDatabase().ExecuteAsync(command, arguments);
    }
}
