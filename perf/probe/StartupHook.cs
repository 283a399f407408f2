using System.Globalization;

/// <summary>
/// Loaded into the floor and into the service alike (<c>DOTNET_STARTUP_HOOKS</c>): ten times a second it writes how many bytes the process
/// has allocated into a file that is named by the process id, in the folder <c>PAYMENTGUARD_PROBE</c>. The runtime asks for this name,
/// without a namespace.
/// </summary>
internal static class StartupHook
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private static Timer? timer;

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("PAYMENTGUARD_PROBE") is not { Length: > 0 } folder) return;
        var path = Path.Combine(folder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        timer = new Timer(_ => Write(path));
        timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sets the timer anew at its end, so that on a busy machine two do not write at once.</summary>
    private static void Write(string path)
    {
        var next = path + ".next";
        File.WriteAllText(next, GC.GetTotalAllocatedBytes().ToString(CultureInfo.InvariantCulture));
        File.Move(next, path, overwrite: true);         // a reader never sees half a number
        timer!.Change(Interval, Timeout.InfiniteTimeSpan);
    }
}
