using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PaymentGuard.Cli.LocalServers;

/// <summary>A local server could not be set up; the message says what is wrong and what to do.</summary>
internal sealed class LocalServerException(string message) : Exception(message);

/// <summary>
/// A private server on loopback, whose data, port, process id and log are in one folder. It outlives the process that started it; whoever
/// opens the folder again continues with it. The port stays the same across restarts.
/// </summary>
internal abstract class LocalServer(string folder)
{
    public const string PortFileName = "port";

    // Below the range that the kernel takes client ports from (32768 and up): a client that keeps trying to reach a stopped
    // server could otherwise be given the server's own port, connect to itself, and bar the server from coming back.
    private const int PortMin = 20_000, PortMax = 30_000;

    private static readonly ConcurrentDictionary<int, byte> Given = new();

    public string Folder { get; } = Path.GetFullPath(folder);

    public ServerProcess Process => new(Folder);

    /// <summary>Where it listens: <c>127.0.0.1:port</c>.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    public bool IsRunning => Process.IsRunning;

    /// <summary>Whether an address or URI, given by somebody, is this server's.</summary>
    public bool IsAt(string address) => SavedPort() is not null && address.Contains(Address, StringComparison.Ordinal);

    protected int Port => SavedPort() ?? throw new InvalidOperationException($"{Name} was never started.");

    /// <summary>What it is called in messages.</summary>
    public abstract string Name { get; }

    /// <summary>Longest time that a healthy start takes on a slow machine.</summary>
    protected virtual TimeSpan StartPatience => TimeSpan.FromSeconds(60);

    protected virtual TimeSpan StopPatience => TimeSpan.FromSeconds(20);

    /// <summary>Who may enter the folder: nobody but us, because its data may be personal.</summary>
    protected virtual UnixFileMode FolderMode => UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    protected virtual IReadOnlyDictionary<string, string>? ProcessEnvironment => null;

    private string PortFile => Path.Combine(Folder, PortFileName);

    /// <summary>Starts it and waits until it answers. A running one is left as it is.</summary>
    /// <exception cref="LocalServerException">It cannot be started, or does not answer in time.</exception>
    public async Task Start(CancellationToken ct = default)
    {
        Directory.CreateDirectory(Folder, FolderMode);
        var server = Process;
        if (!server.IsRunning)
        {
            ChoosePort();
            await Prepare(ct);
            server.Start(Command(), ProcessEnvironment);
        }
        await WaitUntilAnswering(server, ct);
    }

    /// <summary>Shuts it down in order, keeping its data.</summary>
    public virtual Task Stop() => Process.Stop(StopPatience);

    /// <summary>Ends it with SIGKILL.</summary>
    public Task Kill() => Process.Kill();

    /// <summary>SIGSTOP: it accepts connections and is silent, until <see cref="Resume"/>.</summary>
    public void Pause() => Process.Pause();

    public void Resume() => Process.Resume();

    /// <summary>Stops it and deletes its data.</summary>
    public virtual async Task Remove()
    {
        await Kill();
        if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Makes what the process needs, such as its data folder; done before each start.</summary>
    protected abstract Task Prepare(CancellationToken ct);

    protected abstract IEnumerable<string> Command();

    /// <summary>Whether it serves requests now. May throw what a failed connection throws.</summary>
    protected abstract Task<bool> IsAnswering(CancellationToken ct);

    private async Task WaitUntilAnswering(ServerProcess server, CancellationToken ct)
    {
        var waited = Stopwatch.StartNew();
        for (var answers = false; !answers; await Task.Delay(answers ? 0 : 20, ct))
        {
            answers = await AnswersNow(ct);
            // Asked last: what answers on the port of a process that has ended is another server.
            if (!server.IsRunning) throw new LocalServerException($"{Name} stopped while starting; its log {server.LogFile} ends with: {server.LogTail()}");
            if (waited.Elapsed > StartPatience) throw new LocalServerException($"{Name} does not answer on {Address} after {StartPatience.TotalSeconds:0} s; see {server.LogFile}.");
        }
    }

    private async Task<bool> AnswersNow(CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(TimeSpan.FromSeconds(2));
        try { return await IsAnswering(patience.Token); }
        catch (Exception failure) when (failure is SocketException or IOException or HttpRequestException or System.Data.Common.DbException or TimeoutException
            || failure is OperationCanceledException && !ct.IsCancellationRequested) { return false; }
    }

    private int? SavedPort() => File.Exists(PortFile) ? int.Parse(File.ReadAllText(PortFile), CultureInfo.InvariantCulture) : null;

    private void ChoosePort()
    {
        if (SavedPort() is not { } saved || IsTaken(saved)) File.WriteAllText(PortFile, FreePort().ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>A loopback port that nobody listens on, each time another one: the server of one that was given before may be just starting, or stopped for a while.</summary>
    public static int FreePort()
    {
        while (true)
        {
            var candidate = Random.Shared.Next(PortMin, PortMax);
            if (!IsTaken(candidate) && Given.TryAdd(candidate, 0)) return candidate;
        }
    }

    // Asked by connecting, not by binding: connections of a former server that are still closing do not matter.
    private static bool IsTaken(int candidate)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try { probe.Connect(IPAddress.Loopback, candidate); }
        catch (SocketException) { return false; }
        return true;
    }
}
