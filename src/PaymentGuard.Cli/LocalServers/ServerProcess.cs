using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace PaymentGuard.Cli.LocalServers;

/// <summary>
/// One process that goes on when the process that started it ends, and that is found again by the file <c>pid</c> in its folder. It
/// leads a session of its own, so that Ctrl-C in a terminal does not reach it. What it prints is in the file <c>log</c>.
/// </summary>
internal sealed class ServerProcess(string folder)
{
    private const int KillNow = 9, Terminate = 15, Continue = 18, StopNow = 19;

    public string LogFile => Path.Combine(folder, "log");

    private string IdFile => Path.Combine(folder, "pid");

    /// <summary>Its process id; null when it does not run.</summary>
    public int? Id
    {
        get
        {
            if (!File.Exists(IdFile)) return null;
            // Process ids are used again; with the start time they are not.
            var parts = File.ReadAllText(IdFile).Split(' ', StringSplitOptions.TrimEntries);
            if (parts is not [var text, var started] || !int.TryParse(text, CultureInfo.InvariantCulture, out var id)) return null;
            return ProcessTable.Find(id) is { HasEnded: false } entry && entry.Started == started ? id : null;
        }
    }

    public bool IsRunning => Id is not null;

    /// <summary>Starts the command, its first word being the executable.</summary>
    public void Start(IEnumerable<string> command, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("setsid", ["sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", LogFile, .. command])
        {
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        File.WriteAllText(LogFile, "");
        using var process = Process.Start(start)!;
        var started = ProcessTable.Find(process.Id)?.Started ?? "0";
        File.WriteAllText(IdFile, $"{process.Id.ToString(CultureInfo.InvariantCulture)} {started}");
    }

    /// <summary>Asks it to end; after the patience it is killed.</summary>
    public async Task Stop(TimeSpan patience)
    {
        if (Id is not { } id) return;
        Resume();
        Send(id, Terminate);
        if (!await WaitForExit(patience)) await Kill();
    }

    /// <summary>Ends it and its children at once, as a crash does, and waits until it is gone.</summary>
    public async Task Kill()
    {
        if (!IsRunning) return;
        SendToAll(KillNow);
        await WaitForExit(TimeSpan.FromSeconds(10));
    }

    /// <summary>Stops it and its children where they stand: connections are accepted by the kernel, and nothing answers.</summary>
    public void Pause() => SendToAll(StopNow);

    public void Resume() => SendToAll(Continue);

    /// <summary>The last lines that it printed.</summary>
    public string LogTail(int lines = 3) =>
        File.Exists(LogFile) ? string.Join(" / ", File.ReadLines(LogFile).Where(line => line.Trim().Length > 0).TakeLast(lines)) : "";

    private async Task<bool> WaitForExit(TimeSpan patience)
    {
        for (var waited = Stopwatch.StartNew(); IsRunning; await Task.Delay(10))
        {
            if (waited.Elapsed > patience) return false;
        }
        File.Delete(IdFile);
        return true;
    }

    private void SendToAll(int signal)
    {
        if (Id is not { } id) return;
        // The parent first: a stopped or dead parent starts no further children.
        foreach (var member in ProcessTable.DescendantsOf(id).Prepend(id).ToList()) Send(member, signal);
    }

    private static void Send(int id, int signal) => kill(id, signal);

    [DllImport("libc")]
    private static extern int kill(int processId, int signal);
}
