using System.Runtime.CompilerServices;

namespace PaymentGuard.Assessments;

/// <summary>
/// How long one request's steps may take. Signals get the first part, so that recording has time; what remains after recording is for
/// giving the answer to the spool and to Redis.
/// </summary>
/// <param name="TotalMs">From arrival to answer, 10 to 2,000.</param>
internal readonly struct Deadline(TimeProvider clock, int TotalMs)
{
    private const double SignalsPart = 0.55, RecordingPart = 0.85;
    private readonly long start = clock.GetTimestamp();

    public double ElapsedMs => clock.GetElapsedTime(start).TotalMilliseconds;

    /// <summary>Time left for reading signals.</summary>
    public TimeSpan ForSignals => Until(TotalMs * SignalsPart);

    /// <summary>Time left for PostgreSQL to confirm.</summary>
    public TimeSpan ForRecording => Until(TotalMs * RecordingPart);

    /// <summary>Time left altogether.</summary>
    public TimeSpan Left => Until(TotalMs);

    private TimeSpan Until(double ms) => TimeSpan.FromMilliseconds(Math.Max(0, ms - ElapsedMs));
}

internal static class BoundedWait
{
    /// <summary>Waits until the task is done, well or badly, but not longer; look at the task afterwards. Throws nothing.</summary>
    public static ConfiguredTaskAwaitable ForAtMost(this Task task, TimeSpan budget) =>
        (task.IsCompleted ? task : task.WaitAsync(budget)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
