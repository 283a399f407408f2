using PaymentGuard.Rules.Replay;

namespace PaymentGuard.Tests.Rules.Replay;

public sealed class DetectionMeasureTests
{
    private static readonly DateOnly First = new(2018, 8, 8);

    [Fact]
    public void Measure_FraudsRankedFirst_IsPerfect()
    {
        var quality = Measure((First, "1", 9, true), (First, "2", 8, true), (First, "3", 1, false), (First, "4", 0, false));
        Assert.Equal((1, 1, 0.02), (quality.AucRoc, quality.AveragePrecision, quality.CardPrecision));
    }

    [Fact]
    public void Measure_AllScoresEqual_IsWorthNothing()
    {
        var quality = Measure((First, "1", 5, true), (First, "2", 5, false), (First, "3", 5, false), (First, "4", 5, false));
        Assert.Equal((0.5, 0.25), (quality.AucRoc, quality.AveragePrecision));
    }

    /// <summary>Ranking: fraud, good, fraud, good. Pairs won: 2 of 2 and 1 of 2; precision at the frauds: 1/1 and 2/3.</summary>
    [Fact]
    public void Measure_OneGoodPaymentBetween_CostsOnePairOfFour()
    {
        var quality = Measure((First, "1", 4, true), (First, "2", 3, false), (First, "3", 2, true), (First, "4", 1, false));
        Assert.Equal(0.75, quality.AucRoc, 12);
        Assert.Equal((1 + 2 / 3d) / 2, quality.AveragePrecision, 12);
    }

    [Fact]
    public void Measure_FraudOfCustomerEightDaysBefore_LeavesHimOut()
    {
        var quality = Measure((First.AddDays(-8), "1", 0, true), (First, "1", 9, true), (First, "2", 5, true), (First, "3", 1, false));
        Assert.Equal((2, 1), (quality.Payments, quality.Frauds));
    }

    [Fact]
    public void Measure_FraudOfCustomerSevenDaysBefore_IsNotKnownYet()
    {
        var quality = Measure((First.AddDays(-7), "1", 0, true), (First, "1", 9, true), (First, "2", 5, true), (First, "3", 1, false));
        Assert.Equal((3, 2), (quality.Payments, quality.Frauds));
    }

    [Fact]
    public void Measure_FraudBeforeTheTraining_LeavesNobodyOut()
    {
        var quality = Measure((First.AddDays(-15), "1", 0, true), (First, "1", 9, true), (First, "3", 1, false));
        Assert.Equal((2, 1), (quality.Payments, quality.Frauds));
    }

    /// <summary>Two days; customer 1 is found on the first, so the second day's list has room for one more, and finds nobody else.</summary>
    [Fact]
    public void Measure_CustomerFoundBefore_IsNotFoundAgain()
    {
        var quality = Measure((First, "1", 9, true), (First, "2", 1, false), (First.AddDays(1), "1", 9, true), (First.AddDays(1), "2", 1, false));
        Assert.Equal((0.01 + 0) / 2, quality.CardPrecision, 12);
    }

    [Fact]
    public void Measure_EqualScoresAtTheHundredth_TakesTheSmallerCustomerNumber()
    {
        var good = Enumerable.Range(1, 99).Select(number => (First, number.ToString(), 5d, false));
        var quality = Measure([.. good, (First, "100", 5, true), (First, "1000", 5, true)]);
        Assert.Equal(0.01, quality.CardPrecision, 12);
    }

    private static DetectionQuality Measure(params (DateOnly Day, string Customer, double Score, bool Fraud)[] payments) =>
        DetectionMeasure.Measure([.. payments.Select(payment => new ScoredPayment(payment.Day, payment.Customer, payment.Score, payment.Fraud))], First);
}
