using System.Text.Json;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Load;

namespace PaymentGuard.Tests.Perf;

/// <summary>Allocated bytes are exact, on any machine, so more than <c>perf/budgets.json</c> allows fails.</summary>
public sealed class BudgetTests : IDisposable
{
    private const int WarmUps = 200, Repetitions = 100;

    private readonly SamplePayment sample = new();

    public void Dispose() => sample.Dispose();

    [Fact]
    public void Fold_HundredRules_KeepsItsBudget() => AssertBudget("fold of 100 rules' velocities", sample.Fold);

    [Fact]
    public void FillAttributes_HundredRules_KeepsItsBudget() => AssertBudget("attributes of 100 rules", sample.FillAttributes);

    [Fact]
    public void Evaluate_HundredRules_KeepsItsBudget()
    {
        sample.FillAttributes();
        Assert.Equal((100, 0), (sample.Rules.Rules.Count, sample.Evaluate().Hits.Count));
        AssertBudget("evaluation of 100 rules, no hit", () => sample.Evaluate());
    }

    private static void AssertBudget(string operation, Action run)
    {
        using var budgets = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "perf", "budgets.json")));
        for (var time = 0; time < WarmUps; time++) run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var time = 0; time < Repetitions; time++) run();
        var allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Repetitions;
        Assert.InRange(allocated, 0, budgets.RootElement.GetProperty(operation).GetInt64());
    }
}
