using PaymentGuard.Domain.Assessments;

namespace PaymentGuard.Rules.Replay;

/// <summary>Counts what a replay decided, and keeps what the measure of detection needs. Not thread safe.</summary>
/// <param name="evaluateFrom">First day of the week to measure; null: nothing is kept.</param>
internal sealed class ReplayTally(IReadOnlySet<long> frauds, DateOnly? evaluateFrom)
{
    private readonly long[] decisions = new long[Enum.GetValues<Decision>().Length];
    private readonly List<ScoredPayment> scored = [];
    private long fraudCount, stopped;

    public long Payments { get; private set; }

    public void Add(in HistoricPayment payment, Decision decision, double score)
    {
        var fraud = frauds.Contains(payment.Number);
        Payments++;
        decisions[(int)decision]++;
        if (fraud) fraudCount++;
        if (fraud && decision != Decision.Approve) stopped++;
        if (evaluateFrom is { } first && DayOf(payment) is var day && day >= first.AddDays(-DetectionMeasure.DaysFromTrainingToMeasure)
            && day < first.AddDays(DetectionMeasure.DaysMeasured))
            scored.Add(new ScoredPayment(day, payment.Customer, score, fraud));
    }

    public ReplaySummary Summary(TimeSpan elapsed, TimeSpan? cpu) => new(
        Payments,
        Enum.GetValues<Decision>().Where(decision => decision != Decision.Undecided).ToDictionary(decision => decision, decision => decisions[(int)decision]),
        fraudCount, stopped, elapsed, cpu,
        evaluateFrom is { } first && scored.Exists(payment => payment.Fraud) ? DetectionMeasure.Measure(scored, first) : null);

    private static DateOnly DayOf(in HistoricPayment payment) => DateOnly.FromDateTime(payment.Time.UtcDateTime);
}
