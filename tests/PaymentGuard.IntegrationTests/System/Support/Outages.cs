using System.Text.Json.Nodes;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Events;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>Tests of what half a minute without a server does. It is the same half minute for all of them.</summary>
[CollectionDefinition(nameof(Outages), DisableParallelization = true)]
public sealed class OutagesCollection : ICollectionFixture<Outages>;

/// <summary>
/// An outage of each kind, all at once, each of an installation of its own under load before, during and after it. A test awaits its own
/// and looks at what was answered and stored.
/// </summary>
public sealed class Outages(TestServers servers) : IAsyncLifetime
{
    private const int PerSecond = 20, PerSecondWhileKilled = 150, KillRounds = 20;
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(2), Length = TimeSpan.FromSeconds(30);

    private readonly Stack<IAsyncDisposable> owned = [];

    internal Task<Outage> PostgresKilled { get; private set; } = null!;

    /// <summary>Twenty short ones, each ended by a restart on the same spool and stores.</summary>
    internal Task<Outage> ApiKilled { get; private set; } = null!;

    /// <summary>Null in it: the mock cluster does not come back as it was.</summary>
    internal Task<Outage?> KafkaKilled { get; private set; } = null!;

    /// <inheritdoc cref="KafkaKilled"/>
    internal Task<Outage?> KafkaPaused { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        PostgresKilled = OfPostgres();
        KafkaKilled = OfKafka(kafka => kafka.Kill(), kafka => kafka.Start());
        KafkaPaused = OfKafka(Sync(kafka => kafka.Pause()), Sync(kafka => kafka.Resume()));
        // The servers of a failed one are still in use until the others are done.
        ApiKilled = OfApi();
        Task[] all = [PostgresKilled, ApiKilled, KafkaKilled, KafkaPaused];
        await Task.WhenAll(all).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in owned) await one.DisposeAsync();
    }

    private static Func<KafkaServer, Task> Sync(Action<KafkaServer> action) => kafka =>
    {
        action(kafka);
        return Task.CompletedTask;
    };

    private async Task<Outage> OfPostgres()
    {
        var installation = await Install(new InstallationOptions(OwnPostgres: true));
        return await Run(installation, events: null, installation.Postgres.Kill, () => installation.Postgres.Start());
    }

    private async Task<Outage> OfApi()
    {
        var installation = Own(await servers.Install());
        installation.AddRule("many", "review", "card.count(1h) >= 3");
        var line = Own(new TcpProxy(installation.Postgres.Address));
        installation.UsePostgresThrough(line);
        var api = await installation.StartApi();
        var checkout = new Checkout(installation.Client(api));
        var asked = new List<Sent>();
        for (var round = 0; round < KillRounds; round++)
        {
            asked.AddRange(await Kill(api, checkout, line, round));
            await MustRepeatLast(checkout, asked);
        }
        return new Outage(installation, checkout, asked, []);
    }

    /// <summary>Under load, at a moment that differs from round to round; in every other round all last answers are in the spool only.</summary>
    private static async Task<IReadOnlyList<Sent>> Kill(ApiProcess api, Checkout checkout, TcpProxy line, int round)
    {
        var load = Traffic.ByHttp([checkout], PerSecondWhileKilled, NewPayment);
        await load.Decided(1 + round);
        if (round % 2 == 1)
        {
            line.GoDown();
            await load.Decided(KillRounds - round);
        }
        await api.Kill();
        line.GoUp();
        var asked = await load.Stop();
        await api.Start();
        return asked;
    }

    private static async Task MustRepeatLast(Checkout checkout, List<Sent> asked)
    {
        if (asked.FindLast(sent => sent.Answer is { Status: 200 }) is not { } last) return;
        Assert.Equal(last.Answer!.OnceRecorded, (await checkout.Assess(last.Body)).MustBeDecision().OnceRecorded);
    }

    private async Task<Outage?> OfKafka(Func<KafkaServer, Task> begin, Func<KafkaServer, Task> end)
    {
        var installation = await Install(new InstallationOptions(KafkaUse.Own));
        var broker = installation.Kafka!;
        if (!broker.IsReal) return null;
        using var kafka = new TestKafka(broker.Address);
        return await Run(installation, kafka, () => begin(broker), () => end(broker));
    }

    private async Task<Installation> Install(InstallationOptions options)
    {
        var installation = Own(await servers.Install(options));
        installation.AddObservedCounts();
        return installation;
    }

    private T Own<T>(T one) where T : IAsyncDisposable
    {
        lock (owned) owned.Push(one);
        return one;
    }

    private static async Task<Outage> Run(Installation installation, TestKafka? events, Func<Task> begin, Func<Task> end)
    {
        var api = await installation.StartApi();
        var checkout = new Checkout(installation.Client(api));
        var asking = Traffic.ByHttp([checkout], PerSecond, NewPayment);
        var producing = events is null ? null : Traffic.Of(PerSecond, NewPayment, body => Produce(events, body));
        await Task.Delay(Calm);
        await begin();
        await Task.Delay(Length);
        await end();
        await Task.Delay(Calm);
        var produced = producing is null ? [] : await producing.Stop();
        return new Outage(installation, checkout, await asking.Stop(), produced);
    }

    internal static JsonObject NewPayment() => Bodies.Payment(Bodies.NewName("p"), Bodies.NewName("tok"));

    private static Task Produce(TestKafka kafka, JsonObject body) =>
        kafka.Send(KafkaTopics.Events, body["account"]!["id"]!.GetValue<string>(), Bodies.Attempted(body, TimeProvider.System.GetUtcNow()).ToJsonString());
}

/// <summary>What was asked before, during and after an outage.</summary>
/// <param name="Asked">By HTTP.</param>
/// <param name="Produced">By Kafka; the broker has all of them now.</param>
internal sealed record Outage(Installation Installation, Checkout Checkout, IReadOnlyList<Sent> Asked, IReadOnlyList<Sent> Produced)
{
    /// <summary>Every answer by HTTP; fails the test when a request has none or another one than a decision.</summary>
    public IReadOnlyList<Answer> Answers()
    {
        Assert.All(Asked, sent => Assert.True(sent.Answer is { Status: 200 }, $"{sent.PaymentId} was to be decided: {sent.Answer}"));
        return [.. Asked.Select(sent => sent.Answer!)];
    }
}
