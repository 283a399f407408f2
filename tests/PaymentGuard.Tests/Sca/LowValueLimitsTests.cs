using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Sca;

namespace PaymentGuard.Tests.Sca;

public sealed class LowValueLimitsTests
{
    private static readonly LowValueLimits Limits = new("EU", "EUR", AmountMinorMax: 3_000, CumulativeMinorMax: 10_000, CountMax: 5);

    [Theory]
    [InlineData(3_000, 5, 10_000, LowValueCounter.Amount, LowValueOutcome.Exempt)]
    [InlineData(3_000, 5, 10_001, LowValueCounter.Amount, LowValueOutcome.CumulativeAmountAboveLimit)]
    [InlineData(3_000, 99, 10_000, LowValueCounter.Amount, LowValueOutcome.Exempt)]
    [InlineData(3_000, 5, 10_001, LowValueCounter.Count, LowValueOutcome.Exempt)]
    [InlineData(3_000, 6, 6, LowValueCounter.Count, LowValueOutcome.CountAboveLimit)]
    [InlineData(3_001, 6, 10_001, LowValueCounter.Count, LowValueOutcome.AmountAboveLimit)]
    [InlineData(3_001, 6, 10_001, LowValueCounter.Amount, LowValueOutcome.AmountAboveLimit)]
    public void Judge_AtAndPastEachLimit_NamesTheLimit(long amountMinor, int count, long sumMinor, LowValueCounter counter, LowValueOutcome outcome) =>
        Assert.Equal(outcome, Limits.Judge(amountMinor, new LowValueTotals(count, sumMinor), counter));

    /// <summary>The model keeps the whole list of payments and looks back to the last authentication each time.</summary>
    [Fact]
    public void Judge_AnySeries_IsWhatTheListOfPaymentsSays()
    {
        var payments = from amountMinor in Gen.Choose(0, 3_100) from passes in Gen.Elements(true, true, false) select (AmountMinor: (long)amountMinor, Passes: passes);
        var series = from list in Gen.ListOf(payments, 40) from counter in Gen.Elements(LowValueCounter.Amount, LowValueCounter.Count) select (list, counter);
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(series.ToArbitrary(), one =>
        {
            var (totals, made) = (default(LowValueTotals), new List<(long AmountMinor, bool Authenticated)>());
            foreach (var (amountMinor, passes) in one.list)
            {
                var since = made.AsEnumerable().Reverse().TakeWhile(earlier => !earlier.Authenticated).ToList();
                var isExempt = amountMinor <= 3_000 && (one.counter == LowValueCounter.Count ? since.Count <= 5 : since.Sum(earlier => earlier.AmountMinor) <= 10_000);
                var outcome = Limits.Judge(amountMinor, totals, one.counter);
                Assert.Equal(isExempt, outcome == LowValueOutcome.Exempt);
                totals = totals.After(outcome, amountMinor, passes);
                if (isExempt || passes) made.Add((amountMinor, !isExempt));
            }
        }));
    }
}
