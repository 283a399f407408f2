using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Sca;
using PaymentGuard.Sca;

namespace PaymentGuard.Tests.Sca;

/// <summary>What the route says of given quarters.</summary>
public sealed class FraudRateAnswerTests
{
    private static readonly Quarter First = new(2026, 1);
    private static readonly ScaLimits Limits = new([], [new TraBands(PaymentInstrument.Card, "EUR", [new TraBand(10_000, new ReferenceRate(130_000)), new TraBand(25_000, new ReferenceRate(60_000))])]);

    [Fact]
    public void Answer_RateBetweenTwoBands_IsWithinOneOnly()
    {
        var answer = FraudRateEndpoint.Answer(First, isOver: true, [Card(First, 100, 100_000)], Limits);
        var card = answer.Instruments.Single(one => one.Instrument == "card");
        Assert.Equal(("2026-Q1", true, "EUR", 100_000, 100, "0.100000"), (answer.Quarter, answer.IsOver, answer.Currency, card.TotalMinor, card.FraudMinor, card.RatePercent));
        Assert.Equal(
            [new FraudRateBand(new Money(10_000, "EUR"), "0.130000", "within", "in_use"), new FraudRateBand(new Money(25_000, "EUR"), "0.060000", "above", "not_started")], card.Bands);
        var other = answer.Instruments.Single(one => one.Instrument == "credit_transfer");
        Assert.Equal((0, null), (other.TotalMinor, other.RatePercent));
    }

    [Fact]
    public void Answer_TwoBadQuarters_CeaseOnceTheSecondIsOver()
    {
        var (second, third) = (First.Next, First.Next.Next);
        InstrumentQuarter[] quarters = [Card(First, 0, 1_000), Card(second, 100, 1_000), Card(third, 100, 1_000)];
        Assert.Equal("in_use", Use(second, isOver: true));
        Assert.Equal("in_use", Use(third, isOver: false));
        Assert.Equal("ceased", Use(third, isOver: true));

        string Use(Quarter asked, bool isOver) =>
            FraudRateEndpoint.Answer(asked, isOver, [.. quarters.Where(one => one.Quarter.CompareTo(asked) <= 0)], Limits).Instruments[0].Bands[0].Use;
    }

    [Fact]
    public void Quarters_Neighbours_AreEachOthersAndStartAtTheirFirstMoment()
    {
        Assert.Equal(new Quarter(2025, 4), First.Previous);
        Assert.Equal(First, First.Previous.Next);
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), First.Start);
        Assert.Equal(new Quarter(2024, 1), FraudRates.Back(First, 8));
    }

    private static InstrumentQuarter Card(Quarter quarter, long fraud, long total) => new(PaymentInstrument.Card, quarter, 1, 0, 0, new FraudRate(fraud, total));
}
