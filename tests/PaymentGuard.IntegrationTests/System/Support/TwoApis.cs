using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Events;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>Tests that share one <see cref="TwoApis"/>; those that break its servers have their own.</summary>
[CollectionDefinition(nameof(TwoApis), DisableParallelization = true)]
public sealed class TwoApisCollection : ICollectionFixture<TwoApis>;

/// <summary>PaymentGuard as two processes on the same stores and the same broker. Its rules make the counts visible and decide nothing.</summary>
public sealed class TwoApis(TestServers servers) : IAsyncLifetime
{
    private readonly List<ApiProcess> processes = [];
    private readonly List<Checkout> checkouts = [];

    internal Installation Installation { get; private set; } = null!;

    internal TestKafka Kafka { get; private set; } = null!;

    internal IReadOnlyList<ApiProcess> Processes => processes;

    /// <summary>A caller of each process.</summary>
    internal IReadOnlyList<Checkout> Checkouts => checkouts;

    public async ValueTask InitializeAsync()
    {
        Installation = await servers.Install(new InstallationOptions(KafkaUse.Own));
        Installation.AddObservedCounts();
        Installation.AddRule("card-burst", "decline", "merchant.id = \"m_burst\" and card.count(10m) >= 3", whenUnavailable: "decline");
        Kafka = new TestKafka(Installation.Kafka!.Address);
        for (var process = 0; process < 2; process++)
        {
            processes.Add(await Installation.StartApi());
            checkouts.Add(new Checkout(Installation.Client(processes[process])));
        }
    }

    /// <summary>Waits until everything that was sent to Kafka has had its effect.</summary>
    internal Task AllEventsConsumed() => Eventually.Holds("all events are consumed",
        () => Task.FromResult(Kafka.CountUncommitted(KafkaTopics.Events) == 0), TimeSpan.FromSeconds(60));

    public async ValueTask DisposeAsync()
    {
        foreach (var checkout in checkouts) checkout.Dispose();
        Kafka?.Dispose();
        if (Installation is not null) await Installation.DisposeAsync();
    }
}
