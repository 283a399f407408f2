using System.Globalization;
using Confluent.Kafka;
using PaymentGuard.Events;

namespace PaymentGuard.Cli.LocalServers;

/// <summary>The process behind <see cref="KafkaServer"/> where there is no Apache Kafka: a client that carries a mock cluster of one broker.</summary>
internal static class MockKafka
{
    public const string CommandName = "mock-kafka";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Starts the cluster, writes its port into the folder's file <c>port</c>, and serves until it is cancelled.</summary>
    public static async Task Serve(string folder, CancellationToken ct)
    {
        KafkaLibrary.Use();
        var settings = new AdminClientConfig();
        settings.Set("test.mock.num.brokers", "1");
        using var cluster = new AdminClientBuilder(settings).SetLogHandler((_, line) => Console.Error.WriteLine(line.Message)).Build();
        var broker = cluster.GetMetadata(Patience).Brokers.Single();
        // The mock has no controller that could be asked for topics; it makes one when somebody asks about it.
        foreach (var topic in (string[])[KafkaTopics.Events, KafkaTopics.Rejected, KafkaTopics.Decisions]) cluster.GetMetadata(topic, Patience);
        var portFile = Path.Combine(folder, LocalServer.PortFileName);
        await File.WriteAllTextAsync(portFile + ".new", broker.Port.ToString(CultureInfo.InvariantCulture), ct);
        File.Move(portFile + ".new", portFile, overwrite: true);
        await Task.Delay(Timeout.Infinite, ct).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}
