using PaymentGuard.Cli.LocalServers;
using StackExchange.Redis;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>What an operator can do to Redis, past the service.</summary>
internal sealed class RedisAdmin : IDisposable
{
    private readonly ConnectionMultiplexer connection;

    public RedisAdmin(RedisServer server)
    {
        var options = ConfigurationOptions.Parse(server.Address);
        (options.AllowAdmin, options.AbortOnConnectFail, options.SyncTimeout) = (true, false, 5_000);
        connection = ConnectionMultiplexer.Connect(options);
    }

    private IServer Server => connection.GetServer(connection.GetEndPoints()[0]);

    public void Run(string command, params object[] arguments) => connection.GetDatabase().Execute(command, arguments);

    /// <summary>Every key with its value, serialised by Redis itself, whatever its type.</summary>
    public IEnumerable<(string Key, byte[] Value)> Everything() =>
        Server.Keys(pageSize: 1_000).Select(key => (key.ToString()!, connection.GetDatabase().KeyDump(key) ?? []));

    public void Dispose() => connection.Dispose();
}
