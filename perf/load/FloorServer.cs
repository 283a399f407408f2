using System.Net;
using System.Net.Sockets;
using PaymentGuard.Cli.LocalServers;

namespace PaymentGuard.Load;

/// <summary>The floor as a process of its own: over HTTP, or as a bare consumer of a Kafka topic.</summary>
/// <param name="kafka">Brokers and topic; null: over HTTP.</param>
internal sealed class FloorServer(string folder, string redis, (string Brokers, string Topic)? kafka = null) : LocalServer(folder)
{
    /// <summary>Whose committed offsets tell how far the bare consumer is.</summary>
    public const string Group = "paymentguard-floor";

    public Uri Url => new($"http://{Address}");

    public override string Name => "Floor";

    protected override Task Prepare(CancellationToken ct) => Task.CompletedTask;

    protected override IEnumerable<string> Command() => kafka is { } source
        ? [Executables.Dotnet, "exec", Assembly, "kafka", redis, source.Brokers, source.Topic]
        : [Executables.Dotnet, "exec", Assembly, "http", redis, Url.ToString().TrimEnd('/')];

    protected override async Task<bool> IsAnswering(CancellationToken ct)
    {
        if (kafka is not null) return true;             // its committed offsets will tell
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Port, ct);
        return true;
    }

    /// <summary>Built in the same configuration as this program.</summary>
    private static string Assembly => typeof(FloorServer).Assembly.Location
        .Replace("/perf/load/", "/perf/floor/", StringComparison.Ordinal)
        .Replace("PaymentGuard.Load.dll", "PaymentGuard.Floor.dll", StringComparison.Ordinal);
}
