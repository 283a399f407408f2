using HdrHistogram;

namespace PaymentGuard.Load;

/// <summary>Counts and latencies of one run, gathered by all connections. Thread safe.</summary>
internal sealed class LoadResult
{
    private const long LatencyMaxUs = 60_000_000;

    private readonly LongConcurrentHistogram latencies = new(1, LatencyMaxUs, 3);
    private long answered, failed, unrecorded, degraded;

    /// <summary>Answers with status 200.</summary>
    public long Answered => answered;

    /// <summary>Any other status, and broken connections.</summary>
    public long Failed => failed;

    public long Unrecorded => unrecorded;

    public long Degraded => degraded;

    public TimeSpan Elapsed { get; set; }

    public double PerSecond => answered / Elapsed.TotalSeconds;

    /// <param name="percent">0 to 100.</param>
    public double LatencyMs(double percent) => latencies.GetValueAtPercentile(percent) / 1_000d;

    public void Record(Reply reply, TimeSpan latency)
    {
        Interlocked.Increment(ref reply.Status == 200 ? ref answered : ref failed);
        if (reply is { Status: 200, Recorded: false }) Interlocked.Increment(ref unrecorded);
        if (reply.Degraded) Interlocked.Increment(ref degraded);
        latencies.RecordValue(Math.Clamp((long)latency.TotalMicroseconds, 1, LatencyMaxUs));
    }

    public override string ToString() =>
        $"{PerSecond,8:N0}/s   p50 {LatencyMs(50),7:F2} ms   p99 {LatencyMs(99),7:F2} ms   p99.9 {LatencyMs(99.9),7:F2} ms   max {LatencyMs(100),7:F1} ms"
        + (Failed > 0 ? $"   {Failed} failed" : "") + (Unrecorded > 0 ? $"   {Unrecorded} not recorded" : "")
        + (Degraded > 0 ? $"   {Degraded} degraded" : "");
}
