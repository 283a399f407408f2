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
