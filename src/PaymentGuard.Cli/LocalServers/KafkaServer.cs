using System.Globalization;
using Confluent.Kafka;
using PaymentGuard.Events;

namespace PaymentGuard.Cli.LocalServers;

/// <summary>
/// A private single-node Kafka: Apache Kafka where a distribution and Java are at hand, otherwise the mock cluster of the client library,
/// which speaks the same protocol and keeps everything in memory.
/// </summary>
internal sealed class KafkaServer(string folder) : LocalServer(folder)
{
    private readonly string? home = FindHome();

    /// <summary>Whether it is Apache Kafka. The mock cluster loses its topics, and changes its port, with each restart.</summary>
    public bool IsReal => home is not null;

    /// <summary>Which Kafka it is, for people.</summary>
    public string Description => home is null ? "the mock cluster of librdkafka" : $"Apache Kafka {VersionOf(home)} from {home}";

    public override string Name => home is null ? "Kafka's mock cluster" : "Kafka";

    private string Properties => Path.Combine(Folder, "server.properties");

    private string Data => Path.Combine(Folder, "data");

    private string Logging => Path.Combine(Folder, "log4j2.properties");

    protected override async Task Prepare(CancellationToken ct)
    {
        if (home is null) return;
        File.WriteAllText(Properties, Configuration());
        File.WriteAllText(Logging, LoggingConfiguration);
        if (File.Exists(Path.Combine(Data, "meta.properties"))) return;
        // Base64 for addresses, but without '-': the tool takes an id that begins with one for an option.
        var clusterId = Convert.ToBase64String(Guid.NewGuid().ToByteArray()).TrimEnd('=').Replace('+', '_').Replace('/', '_');
        var (succeeded, output) = await Executables.Run([.. Java("kafka.tools.StorageTool", "format", "--cluster-id", clusterId, "--config", Properties)], ct);
        if (!succeeded) throw new LocalServerException($"Kafka's data could not be created in {Data}:{Environment.NewLine}{output}");
    }

    protected override IEnumerable<string> Command() =>
        home is null ? [Executables.Dotnet, "exec", typeof(KafkaServer).Assembly.Location, "local", MockKafka.CommandName, Folder] : Java("kafka.Kafka", Properties);

    protected override Task<bool> IsAnswering(CancellationToken ct)
    {
        KafkaLibrary.Use();
        using var admin = KafkaClients.Admin(Address);
        try { return Task.FromResult(admin.GetMetadata(TimeSpan.FromSeconds(1)).Brokers.Count > 0); }
        catch (KafkaException) { return Task.FromResult(false); }
    }

    // The first compiler alone (TieredStopAtLevel) halves the processor time of a start: 2.7 s instead of 4.6 s were measured.
    private IEnumerable<string> Java(params string[] arguments) =>
    [
        Executables.Get("java", "openjdk-17-jre-headless"), "-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true",
        "-Dlog4j2.configurationFile=" + Logging, "-cp", Path.Combine(home!, "libs", "*"), .. arguments,
    ];

    private string Configuration()
    {
        var controller = FreePort().ToString(CultureInfo.InvariantCulture);
        return $"""
            process.roles=broker,controller
            node.id=1
            controller.quorum.voters=1@127.0.0.1:{controller}
            listeners=PLAINTEXT://{Address},CONTROLLER://127.0.0.1:{controller}
            advertised.listeners=PLAINTEXT://{Address}
            controller.listener.names=CONTROLLER
            listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
            log.dirs={Data}
            num.partitions=6
            offsets.topic.replication.factor=1
            offsets.topic.num.partitions=3
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            transaction.state.log.num.partitions=3
            group.initial.rebalance.delay.ms=0
            broker.heartbeat.interval.ms=500
            broker.session.timeout.ms=3000

            """;
    }

    private const string LoggingConfiguration = """
        rootLogger.level = info
        rootLogger.appenderRef.stdout.ref = stdout
        appender.stdout.type = Console
        appender.stdout.name = stdout
        appender.stdout.layout.type = PatternLayout
        appender.stdout.layout.pattern = %d %p %m (%c)%n

        """;

    /// <summary>The distribution to use: KAFKA_HOME, or the one that lies beside the source tree. Null: none that Java can run.</summary>
    private static string? FindHome()
    {
        var given = Environment.GetEnvironmentVariable("KAFKA_HOME") is { Length: > 0 } value ? value : null;
        if (given is not null && VersionOf(given) is null) throw new LocalServerException($"KAFKA_HOME is {given}, which holds no Apache Kafka (libs/kafka_*.jar). Correct it or unset it.");
        var found = given ?? Repository.Shared("kafka");
        return found is not null && VersionOf(found) is not null && Executables.Find("java") is not null ? found : null;
    }

    private static string? VersionOf(string home)
    {
        var libraries = Path.Combine(home, "libs");
        var jar = Directory.Exists(libraries) ? Directory.EnumerateFiles(libraries, "kafka_*.jar").FirstOrDefault() : null;
        return jar is null ? null : Path.GetFileNameWithoutExtension(jar).Split('-')[^1];
    }
}
