namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>Count, mean, spread, smallest and largest of amounts, one by one or many together (Welford; Chan for many).</summary>
internal struct Moments()
{
    private double mean, squaredDeviations;

    public long Count { get; private set; }

    public uint Smallest { get; private set; } = uint.MaxValue;

    public uint Largest { get; private set; }

    /// <summary>Sum of the squared deviations from the mean.</summary>
    public readonly double SquaredDeviations => squaredDeviations;

    /// <summary>Of the population; 0 for one amount.</summary>
    public readonly double StandardDeviation => Math.Sqrt(squaredDeviations / Count);

    /// <param name="sum">Of their amounts.</param>
    public static Moments Of(ReadOnlySpan<LogItem> items, long sum)
    {
        var moments = new Moments();
        if (items.IsEmpty) return moments;
        moments.Count = items.Length;
        moments.mean = (double)sum / items.Length;
        foreach (ref readonly var item in items)
        {
            var deviation = item.Amount - moments.mean;
            moments.squaredDeviations += deviation * deviation;
            moments.Smallest = Math.Min(moments.Smallest, item.Amount);
            moments.Largest = Math.Max(moments.Largest, item.Amount);
        }
        return moments;
    }

    public void Add(uint amount)
    {
        var deviation = amount - mean;
        mean += deviation / ++Count;
        squaredDeviations += deviation * (amount - mean);
        Smallest = Math.Min(Smallest, amount);
        Largest = Math.Max(Largest, amount);
    }

    public void Add(in Bucket bucket)
    {
        if (!bucket.HasMoments) return;
        var deviation = bucket.Mean - mean;
        var count = Count + bucket.Count;
        squaredDeviations += bucket.SquaredDeviations + deviation * deviation * Count * bucket.Count / count;
        mean += deviation * bucket.Count / count;
        Count = count;
        Smallest = Math.Min(Smallest, bucket.Smallest);
        Largest = Math.Max(Largest, bucket.Largest);
    }
}
