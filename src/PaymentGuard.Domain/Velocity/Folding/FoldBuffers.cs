namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>What is needed while one log is folded. Kept per thread, so that folding allocates nothing once the buffers have grown.</summary>
internal sealed class FoldBuffers
{
    [ThreadStatic]
    private static FoldBuffers? ofThread;

    private readonly List<LogSeries> derived = [];

    public static FoldBuffers OfThread => ofThread ??= new FoldBuffers();

    /// <summary>For logs that are read whole.</summary>
    public LogScan Scan { get; } = new();

    public PartnerSet Partners { get; } = new();

    /// <summary>For the nth series that a plan builds of a scan.</summary>
    public LogSeries Derived(int number)
    {
        while (derived.Count <= number) derived.Add(new LogSeries());
        return derived[number];
    }
}
