using BenchmarkDotNet.Attributes;
using PaymentGuard.Load;

namespace PaymentGuard.Benchmarks.Velocity;

/// <summary>All velocities of 100 rules, from five logs of thirty records each.</summary>
[MemoryDiagnoser]
public class FoldBenchmarks
{
    private readonly SamplePayment sample = new();

    [GlobalCleanup]
    public void Remove() => sample.Dispose();

    [Benchmark]
    public void Fold() => sample.Fold();
}
