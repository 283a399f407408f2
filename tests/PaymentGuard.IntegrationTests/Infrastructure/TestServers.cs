using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Platform;

[assembly: AssemblyFixture(typeof(TestServers))]
// The tests share two cores with the servers they drive.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]

namespace PaymentGuard.IntegrationTests.Infrastructure;

/// <summary>Tests that look at deadlines, load a service or share the run's broker: nothing else runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}

/// <summary>
/// The private servers of a test run, each started when a test first asks for it, all ended with the run, however it ends. A test class
/// takes it in its constructor and asks for an <see cref="Installation"/>.
/// </summary>
public sealed class TestServers : IAsyncLifetime
{
    private const string TemplateDatabase = "paymentguard_template";

    private readonly string folder = Directory.CreateDirectory(
        // Enterable by the account that PostgreSQL runs under, listable by nobody else.
        Path.Combine(Path.GetTempPath(), "paymentguard-tests-" + Path.GetRandomFileName()),
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute).FullName;
    private readonly List<LocalServer> started = [];
    private readonly LastWill lastWill;
    private readonly Lazy<Task<PostgresServer>> postgres;
    private readonly Lazy<Task<KafkaServer>> kafka;
    private int count;

    public TestServers()
    {
        lastWill = new LastWill(folder);
        postgres = new(StartPostgres);
        kafka = new(StartKafka);
    }

    /// <summary>Where the logs of all servers and Apis of this run are, in a folder each, until it ends.</summary>
    internal string Folder => folder;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>A PaymentGuard of its own for a test class: new database, own Redis, own keys; Kafka's broker may be shared.</summary>
    internal async Task<Installation> Install(InstallationOptions? options = null)
    {
        options ??= new InstallationOptions();
        var server = options.OwnPostgres ? await StartPostgres() : await postgres.Value;
        var database = NewName("db");
        await server.CreateDatabase(database, TemplateDatabase);
        var broker = options.Kafka switch
        {
            KafkaUse.None => null,
            KafkaUse.Shared => await kafka.Value,
            KafkaUse.Own => await StartKafka(),
        };
        return new Installation(this, server, database, await StartRedis(), broker);
    }

    /// <summary>A Redis of its own, empty.</summary>
    internal Task<RedisServer> StartRedis() => Start(new RedisServer(NewFolder("redis")));

    /// <summary>A broker of its own; about five seconds and 400 MB when it is Apache Kafka.</summary>
    internal async Task<KafkaServer> StartKafka()
    {
        var server = await Start(new KafkaServer(NewFolder("kafka")));
        TestContext.Current.SendDiagnosticMessage("Kafka: {0}", server.Description);
        return server;
    }

    /// <summary>A PostgreSQL of its own that has the migrated template; about three seconds.</summary>
    internal async Task<PostgresServer> StartPostgres()
    {
        var server = await Start(new PostgresServer(NewFolder("postgres")));
        await server.CreateDatabase(TemplateDatabase);
        await using var source = PostgresSource.Create(new Settings(name => name == "PAYMENTGUARD_POSTGRES" ? server.Uri(TemplateDatabase) : null));
        await new Migrator(source).Run();
        return server;
    }

    /// <summary>Starts a server that ends with the run.</summary>
    internal async Task<T> Start<T>(T server) where T : LocalServer
    {
        lock (started) started.Add(server);
        await server.Start();
        return server;
    }

    /// <summary>Whether other tests use this server as well.</summary>
    internal bool IsShared(LocalServer server) =>
        postgres is { IsValueCreated: true, Value.IsCompletedSuccessfully: true } && postgres.Value.Result == server
        || kafka is { IsValueCreated: true, Value.IsCompletedSuccessfully: true } && kafka.Value.Result == server;

    internal string NewFolder(string kind) => Path.Combine(folder, NewName(kind));

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(started.Select(server => server.Remove()));
        lastWill.Dispose();
    }

    private string NewName(string kind) => $"{kind}{Interlocked.Increment(ref count)}";
}
