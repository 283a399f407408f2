using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PaymentGuard.Cli.LocalServers;

namespace PaymentGuard.IntegrationTests.Infrastructure;

/// <summary>
/// Stands between a client and a server and makes the network bad: slow, silent or gone. A change applies at once, to open connections
/// as well.
/// </summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly string target;
    private readonly TcpListener listener;
    private readonly ConcurrentDictionary<Socket, byte> sockets = new();
    private readonly CancellationTokenSource end = new();
    private readonly Task accepting;
    private volatile TaskCompletionSource speaking = Spoken();
    private volatile bool isDown;
    private long delayTicks;

    /// <param name="target"><c>host:port</c> of the server.</param>
    public TcpProxy(string target)
    {
        this.target = target;
        var port = LocalServer.FreePort();
        Address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");
        listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        accepting = Accept();
    }

    /// <summary>Where clients connect.</summary>
    public string Address { get; }

    /// <summary>How long each piece of an answer is held back. What follows waits behind it, as on a real line.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref delayTicks));
        set => Interlocked.Exchange(ref delayTicks, value.Ticks);
    }

    /// <summary>From now on connections stay open and nothing passes, in either direction, until <see cref="Speak"/>.</summary>
    public void FallSilent() => speaking = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends the silence; what waited passes.</summary>
    public void Speak() => speaking.TrySetResult();

    /// <summary>Breaks all connections; new ones are closed at once, until <see cref="GoUp"/>.</summary>
    public void GoDown()
    {
        isDown = true;
        DropConnections();
    }

    public void GoUp() => isDown = false;

    /// <summary>Breaks the connections that are open now.</summary>
    public void DropConnections()
    {
        foreach (var socket in sockets.Keys) Close(socket);
    }

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Stop();
        Speak();
        DropConnections();
        await accepting;
        end.Dispose();
    }

    private static TaskCompletionSource Spoken()
    {
        var spoken = new TaskCompletionSource();
        spoken.SetResult();
        return spoken;
    }

    private async Task Accept()
    {
        while (!end.IsCancellationRequested)
        {
            try { _ = Serve(await listener.AcceptSocketAsync(end.Token)); }
            catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException) { }
        }
    }

    private async Task Serve(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        (sockets[client], sockets[server]) = (0, 0);
        try
        {
            if (isDown) return;
            await server.ConnectAsync(IPEndPoint.Parse(target), end.Token);
            await Task.WhenAny(Pass(client, server, () => TimeSpan.Zero), Pass(server, client, () => Delay));
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException) { }
        finally
        {
            Close(client);
            Close(server);
        }
    }

    private async Task Pass(Socket from, Socket to, Func<TimeSpan> delay)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, end.Token) is var length and > 0)
            {
                if (delay() is { Ticks: > 0 } wait) await Task.Delay(wait, end.Token);
                await speaking.Task.WaitAsync(end.Token);
                for (var sent = 0; sent < length;) sent += await to.SendAsync(buffer.AsMemory(sent, length - sent), end.Token);
            }
        }
        catch (Exception broken) when (broken is SocketException or ObjectDisposedException or OperationCanceledException) { }
    }

    private void Close(Socket socket)
    {
        sockets.TryRemove(socket, out _);
        socket.Dispose();
    }
}
