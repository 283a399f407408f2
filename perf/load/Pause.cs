using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PaymentGuard.Load;

/// <summary>Sleeps to a tenth of a millisecond; .NET's timers are ten times as coarse and spinning would take a core from what is measured.</summary>
internal static partial class Pause
{
    /// <param name="timestamp">Of <see cref="Stopwatch.GetTimestamp"/>; one that has passed does not wait.</param>
    public static void Until(long timestamp)
    {
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), timestamp);
        if (left > TimeSpan.Zero) _ = USleep((uint)left.TotalMicroseconds);
    }

    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int USleep(uint microseconds);
}
