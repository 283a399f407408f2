namespace PaymentGuard.Rules.Replay;

/// <summary>How well scores told frauds of one week, by the protocol of the Fraud Detection Handbook.</summary>
/// <param name="Payments">Payments that were measured.</param>
/// <param name="AucRoc">Chance that a fraud scores higher than a good payment, ties counting half; 0 to 1.</param>
/// <param name="AveragePrecision">Precision averaged over the frauds, in falling order of scores; 0 to 1.</param>
/// <param name="CardPrecision">Share of frauds among the 100 riskiest customers of a day, a customer found being left out from then on; mean over the days.</param>
internal sealed record DetectionQuality(int Payments, int Frauds, double AucRoc, double AveragePrecision, double CardPrecision);

/// <summary>A payment as the measure sees it.</summary>
/// <param name="Customer">A number; customers with equal scores are taken in its order.</param>
internal readonly record struct ScoredPayment(DateOnly Day, string Customer, double Score, bool Fraud);

/// <summary>
/// Measures the scores of a week. What would be known by then is left out: customers who had a fraud between the first day of the week
/// of training, two weeks earlier, and eight days before the day measured, because a label takes seven days.
/// </summary>
internal static class DetectionMeasure
{
    public const int DaysMeasured = 7, DaysFromTrainingToMeasure = 14, DaysUntilKnown = 8, CustomersInspectedPerDay = 100;

    /// <param name="payments">At least those from the first day of training to the last day measured.</param>
    public static DetectionQuality Measure(IReadOnlyCollection<ScoredPayment> payments, DateOnly firstDay)
    {
        var firstFraud = FirstFraudOfCustomers(payments, firstDay.AddDays(-DaysFromTrainingToMeasure));
        var measured = payments
            .Where(payment => payment.Day >= firstDay && payment.Day < firstDay.AddDays(DaysMeasured))
            .Where(payment => !(firstFraud.TryGetValue(payment.Customer, out var day) && day <= payment.Day.AddDays(-DaysUntilKnown)))
            .ToArray();
        var frauds = measured.Count(payment => payment.Fraud);
        var (auc, precision) = RankingQuality(measured, frauds);
        return new DetectionQuality(measured.Length, frauds, auc, precision, CardPrecision(measured));
    }

    private static Dictionary<string, DateOnly> FirstFraudOfCustomers(IEnumerable<ScoredPayment> payments, DateOnly from) => payments
        .Where(payment => payment.Fraud && payment.Day >= from)
        .GroupBy(payment => payment.Customer)
        .ToDictionary(frauds => frauds.Key, frauds => frauds.Min(fraud => fraud.Day));

    /// <summary>Goes down the ranking, one step for each group of equal scores.</summary>
    private static (double AucRoc, double AveragePrecision) RankingQuality(IEnumerable<ScoredPayment> measured, int frauds)
    {
        double found = 0, seen = 0, wonPairs = 0, precision = 0;
        foreach (var equal in measured.GroupBy(payment => payment.Score).OrderByDescending(group => group.Key))
        {
            var foundHere = equal.Count(payment => payment.Fraud);
            var goodHere = equal.Count() - foundHere;
            wonPairs += goodHere * (found + foundHere / 2d);
            found += foundHere;
            seen += foundHere + goodHere;
            precision += foundHere * found / seen;
        }

        return (wonPairs / (frauds * (seen - frauds)), precision / frauds);
    }

    private static double CardPrecision(IEnumerable<ScoredPayment> measured)
    {
        var foundBefore = new HashSet<string>();
        var shares = new List<double>();
        foreach (var day in measured.GroupBy(payment => payment.Day).OrderBy(group => group.Key))
        {
            var found = day.Where(payment => !foundBefore.Contains(payment.Customer))
                .GroupBy(payment => payment.Customer)
                .OrderByDescending(customer => customer.Max(payment => payment.Score))
                .ThenBy(customer => customer.Key.Length).ThenBy(customer => customer.Key, StringComparer.Ordinal)
                .Take(CustomersInspectedPerDay)
                .Where(customer => customer.Any(payment => payment.Fraud))
                .Select(customer => customer.Key)
                .ToList();
            foundBefore.UnionWith(found);
            shares.Add(found.Count / (double)CustomersInspectedPerDay);
        }

        return shares.Average();
    }
}
