using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Sca;

namespace PaymentGuard.Tests.Sca;

public sealed class TraHistoryTests
{
    private static readonly ReferenceRate Reference = new(130_000);

    /// <summary>One letter a quarter from 2025-Q3 on: good, bad, 0 payments, or not told.</summary>
    [Theory]
    [InlineData("", TraUse.NotStarted)]
    [InlineData("b", TraUse.NotStarted)]
    [InlineData("bb", TraUse.NotStarted)]
    [InlineData("bbg", TraUse.InUse)]
    [InlineData("bgb", TraUse.InUse)]
    [InlineData("gb", TraUse.InUse)]
    [InlineData("gbb", TraUse.Ceased)]
    [InlineData("gbbb", TraUse.Ceased)]
    [InlineData("gbbg", TraUse.InUse)]
    [InlineData("gbbgb", TraUse.InUse)]
    [InlineData("gbbgbb", TraUse.Ceased)]
    [InlineData("0", TraUse.NotStarted)]
    [InlineData("g0", TraUse.InUse)]
    [InlineData("gb0b", TraUse.InUse)]
    [InlineData("gb-b", TraUse.InUse)]
    [InlineData("gbb0", TraUse.Ceased)]
    [InlineData("gbb-", TraUse.Ceased)]
    public void UseAfter_Quarters_FollowTheLaw(string quarters, TraUse use)
    {
        var history = History(quarters);
        Assert.Equal(use, TraHistory.UseAfter(history, Reference));
        Assert.Equal(use, TraHistory.UseAfter(history.Reverse(), Reference));
    }

    [Fact]
    public void UseAfter_KnownQuartersWithoutAGap_IsWhatTheLastGoodOneLeaves() => FsCheck.Check.One(
        Config.QuickThrowOnFailure, Prop.ForAll(Gen.ListOf(Gen.Elements('g', 'b'), 12).ToArbitrary(), told =>
        {
            var quarters = string.Concat(told);
            var badAtEnd = quarters.Length - quarters.LastIndexOf('g') - 1;
            var expected = !quarters.Contains('g') ? TraUse.NotStarted : badAtEnd >= 2 ? TraUse.Ceased : TraUse.InUse;
            Assert.Equal(expected, TraHistory.UseAfter(History(quarters), Reference));
        }));

    private static IEnumerable<QuarterRate> History(string quarters) =>
        from n in Enumerable.Range(0, quarters.Length)
        where quarters[n] != '-'
        let quarter = new Quarter(2025 + ((n + 2) / 4), ((n + 2) % 4) + 1)
        select new QuarterRate(quarter, quarters[n] switch { 'g' => new FraudRate(13, 10_000), 'b' => new FraudRate(13_001, 10_000_000), _ => new FraudRate(0, 0) });
}
