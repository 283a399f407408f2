using System.Globalization;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Sca;

namespace PaymentGuard.Tests.Sca;

public sealed class FraudRateTests
{
    [Fact]
    public void Compared_AnyRateAndLimit_IsExact() => Prop.ForAll<long, long, int>((fraud, total, limit) =>
    {
        var (fraudMinor, totalMinor, reference) = (Positive(fraud), Positive(total), new ReferenceRate((int)(Positive(limit) % (ReferenceRate.Whole + 1))));
        var isAbove = new BigInteger(fraudMinor) * ReferenceRate.Whole > new BigInteger(totalMinor) * reference.HundredMillionths;
        var rate = new FraudRate(fraudMinor, totalMinor);
        return rate.IsAbove(reference) == isAbove && rate.IsAtMost(reference) == !isAbove;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Percent_AnyRate_IsRoundedHalfUpAtTheSixthDecimal() => Prop.ForAll<long, long>((fraud, total) =>
    {
        var (fraudMinor, totalMinor) = (Positive(fraud), Positive(total));
        var text = new FraudRate(fraudMinor, totalMinor).Percent()!;
        var millionths = BigInteger.Parse(text.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        var twice = 2 * (new BigInteger(fraudMinor) * ReferenceRate.Whole - millionths * totalMinor);
        return text[^7] == '.' && twice >= -totalMinor && twice < totalMinor;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Rate_OfNothing_IsNeitherGoodNorBad()
    {
        var rate = new FraudRate(0, 0);
        Assert.Equal((false, false, null), (rate.IsAbove(new ReferenceRate(0)), rate.IsAtMost(new ReferenceRate(ReferenceRate.Whole)), rate.Percent()));
    }

    [Theory]
    [InlineData("2026-Q1:1 2026-Q2:1", TraUse.NotStarted)]
    [InlineData("2025-Q4:0 2026-Q1:1 2026-Q2:1", TraUse.Ceased)]
    [InlineData("2026-Q2:1 2025-Q4:0 2026-Q1:1", TraUse.Ceased)]
    [InlineData("2025-Q3:0 2025-Q4:1 2026-Q2:1", TraUse.InUse)]
    [InlineData("2025-Q3:0 2025-Q4:1 2026-Q1:1 2026-Q2:0", TraUse.InUse)]
    [InlineData("2025-Q3:0 2025-Q4:1 2026-Q1:0 2026-Q2:1", TraUse.InUse)]
    public void UseAfter_Quarters_EndsWithTwoBadOnesRunning(string quarters, TraUse use)
    {
        var rates = quarters.Split(' ').Select(one => one.Split(':')).Select(one =>
            new QuarterRate(Quarter.TryParse(one[0], out var quarter) ? quarter : default, new FraudRate(long.Parse(one[1], CultureInfo.InvariantCulture), 100)));
        Assert.Equal(use, TraHistory.UseAfter(rates, new ReferenceRate(130_000)));
    }

    private static long Positive(long number) => number == long.MinValue ? 1 : Math.Max(1, Math.Abs(number));
}
