using BenchmarkDotNet.Attributes;
using PaymentGuard.Assessments;
using PaymentGuard.Load;

namespace PaymentGuard.Benchmarks.Assessments;

/// <summary>Reading one payment strictly: fields, ranges, card numbers.</summary>
[MemoryDiagnoser]
public class PaymentJsonBenchmarks
{
    private readonly byte[] json;
    private readonly DateTimeOffset now = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    public PaymentJsonBenchmarks()
    {
        using var sample = new SamplePayment();
        json = PaymentJson.Write(sample.Attempt);
    }

    [Benchmark]
    public bool TryRead() => PaymentJson.TryRead(json, now, out _, out _, out _);
}
