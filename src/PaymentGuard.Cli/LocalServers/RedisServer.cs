using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PaymentGuard.Cli.LocalServers;

/// <summary>A private Redis.</summary>
/// <param name="keepsData">Whether it writes its data to disk (each second), so that a restart finds the velocity logs; otherwise a restart begins empty.</param>
internal sealed class RedisServer(string folder, bool keepsData = false) : LocalServer(folder)
{
    public override string Name => "Redis";

    protected override Task Prepare(CancellationToken ct) => Task.CompletedTask;

    protected override IEnumerable<string> Command() =>
    [
        Executables.Get("redis-server", "redis-server"),
        "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--protected-mode", "yes",
        "--maxmemory-policy", "noeviction", "--save", "", "--appendonly", keepsData ? "yes" : "no",
        "--dir", Folder, "--daemonize", "no",
    ];

    protected override async Task<bool> IsAnswering(CancellationToken ct)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, Port, ct);
        await socket.SendAsync("PING\r\n"u8.ToArray(), ct);
        var reply = new byte[64];
        var length = await socket.ReceiveAsync(reply, ct);
        // While it loads its data it answers -LOADING.
        return reply.AsSpan(0, length).StartsWith("+PONG"u8);
    }
}
