using BenchmarkDotNet.Attributes;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Load;

namespace PaymentGuard.Benchmarks.Rules;

/// <summary>100 live rules on one payment; the bar is 10 ns a rule, without allocation but for the hits.</summary>
[MemoryDiagnoser]
public class RuleSetBenchmarks
{
    private readonly SamplePayment sample = new();

    [GlobalSetup]
    public void Fill() => sample.FillAttributes();

    [GlobalCleanup]
    public void Remove() => sample.Dispose();

    [Benchmark]
    public RuleSetOutcome Evaluate() => sample.Evaluate();
}
