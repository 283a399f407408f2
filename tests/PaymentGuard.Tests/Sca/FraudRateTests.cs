using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Sca;

namespace PaymentGuard.Tests.Sca;

public sealed class FraudRateTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    /// <summary>Amounts of every magnitude, up to the largest.</summary>
    private static readonly Gen<long> Amounts =
        from bits in Gen.Choose(0, 62)
        from high in Gen.Choose(0, int.MaxValue)
        from low in Gen.Choose(0, int.MaxValue)
        select (((long)high << 32) | (uint)low) & (long.MaxValue >> bits);

    private static readonly Gen<FraudRate> Rates =
        from total in Amounts
        from fraud in Gen.OneOf(Amounts, Gen.Choose(-2, 2).Select(off => Math.Max(0, (total / 10_000 * 13) + off)))
        select new FraudRate(fraud, total);

    [Fact]
    public void IsAtMost_AnyRate_IsTheExactComparison() => Check(
        from rate in Rates from limit in Gen.OneOf(Gen.Choose(0, ReferenceRate.Whole), Gen.Constant(130_000)) select (Rate: rate, Limit: new ReferenceRate(limit)),
        one =>
        {
            var isAbove = (BigInteger)one.Rate.FraudMinor * 100_000_000 > (BigInteger)one.Rate.TotalMinor * one.Limit.HundredMillionths;
            Assert.Equal(one.Rate.TotalMinor > 0 && isAbove, one.Rate.IsAbove(one.Limit));
            Assert.Equal(one.Rate.TotalMinor > 0 && !isAbove, one.Rate.IsAtMost(one.Limit));
        });

    [Fact]
    public void Percent_AnyRate_IsWithinHalfAMillionthAndRoundsHalvesUp() => Check(Rates, rate =>
    {
        if (rate.Percent() is not { } percent)
        {
            Assert.Equal(0, rate.TotalMinor);
            return;
        }
        Assert.Matches("^(0|[1-9][0-9]*)[.][0-9]{6}$", percent);
        // percent = 100 · fraud / total + error, with −½ < error · 10⁶ ≤ ½
        var twiceError = 2 * ((BigInteger.Parse(percent.Replace(".", "")) * rate.TotalMinor) - ((BigInteger)rate.FraudMinor * 100_000_000));
        Assert.True(twiceError > -rate.TotalMinor && twiceError <= rate.TotalMinor, $"{rate}: {percent}");
    });

    [Theory]
    [InlineData(1, 3, "33.333333")]
    [InlineData(2, 3, "66.666667")]
    [InlineData(1, 200_000_000, "0.000001")]
    [InlineData(1, 200_000_001, "0.000000")]
    [InlineData(7, 7, "100.000000")]
    [InlineData(0, 5, "0.000000")]
    [InlineData(0, 0, null)]
    public void Percent_OneRate_HasSixDecimals(long fraudMinor, long totalMinor, string? percent) => Assert.Equal(percent, new FraudRate(fraudMinor, totalMinor).Percent());

    [Theory]
    [InlineData("2026-03-31T21:59:59+00:00", "Europe/Berlin", "2026-Q1")]
    [InlineData("2026-03-31T22:00:00+00:00", "Europe/Berlin", "2026-Q2")]
    [InlineData("2026-04-01T00:00:00+09:00", "America/New_York", "2026-Q1")]
    [InlineData("2026-04-01T03:59:59+00:00", "America/New_York", "2026-Q1")]
    [InlineData("2026-04-01T04:00:00+00:00", "America/New_York", "2026-Q2")]
    [InlineData("2026-06-30T18:29:59+00:00", "Asia/Kolkata", "2026-Q2")]
    [InlineData("2026-06-30T18:30:00+00:00", "Asia/Kolkata", "2026-Q3")]
    [InlineData("2025-12-31T23:30:00+00:00", "Europe/Berlin", "2026-Q1")]
    [InlineData("9999-12-31T23:59:59+00:00", "Pacific/Kiritimati", "9999-Q4")]
    public void QuarterOf_InstantNearMidnight_IsThatOfTheZonesDay(string at, string zone, string quarter) =>
        Assert.Equal(quarter, Quarter.Of(DateTimeOffset.Parse(at), TimeZoneInfo.FindSystemTimeZoneById(zone)).ToString());

    [Fact]
    public void Of_PaymentsOfEveryKind_CountsTheRemoteOnesOfTheInstrumentAndQuarter()
    {
        var payments =
            from at in new[] { "2026-03-31T21:59:59+00:00", "2026-03-31T22:00:00+00:00" }
            from instrument in Enum.GetValues<PaymentInstrument>()
            from isRemote in new[] { true, false }
            from isFraud in new[] { true, false }
            select (At: DateTimeOffset.Parse(at), instrument, isRemote, isFraud);
        // Each payment has a bit of its own, so the sums tell which were counted.
        var all = payments.Select((one, n) => new MonitoredPayment(one.At, 1L << n, one.instrument, one.isRemote, one.isFraud)).ToList();
        Assert.Equal(new FraudRate(0b1, 0b11), FraudRate.Of(all, PaymentInstrument.Card, new Quarter(2026, 1), Berlin));
        Assert.Equal(new FraudRate(0b1_0000_0000_0000, 0b11_0000_0000_0000), FraudRate.Of(all, PaymentInstrument.CreditTransfer, new Quarter(2026, 2), Berlin));
    }

    [Fact]
    public void Of_MorePaymentsThanAnAmountCanHold_IsRefused()
    {
        var payment = new MonitoredPayment(DateTimeOffset.Parse("2026-02-01T00:00:00+00:00"), long.MaxValue, PaymentInstrument.Card, true, true);
        Assert.Throws<OverflowException>(() => FraudRate.Of([payment, payment], PaymentInstrument.Card, new Quarter(2026, 1), Berlin));
    }

    private static void Check<T>(Gen<T> values, Action<T> holds) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(2_000), Prop.ForAll(values.ToArbitrary(), holds));
}
