using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Tests.Velocity;

/// <summary>One thing that happens to card c1, in the order in which the store is told.</summary>
/// <param name="Id">Payment or account event; the same id has the same content.</param>
/// <param name="Outcome">Null for an attempt.</param>
internal sealed record Happening(int Id, long AtMs, VelocityEventType? Outcome, uint Rank, long Minor, int Account, bool HasRate);

/// <summary>What velocities mean, written as slowly and plainly as possible.</summary>
internal sealed class VelocityModel(IEnumerable<Happening> told, long ownMs, int ownAccount, long ownMinor)
{
    private readonly List<Happening> told = [.. told];

    public long? Answer(VelocityQuery query)
    {
        var (from, to) = (ownMs - query.OffsetMs - query.WindowMs, query.OffsetMs > 0 ? ownMs - query.OffsetMs : ownMs + 5_000);
        bool Within(long atMs) => atMs > from && atMs <= to;
        var attempts = Attempts().Where(attempt => Within(attempt.AtMs) && Holds(query, attempt.Id, attempt.HasRate ? attempt.Minor : -1)).ToList();
        var own = new Happening(-1, ownMs, null, 0, ownMinor, ownAccount, true);
        if (query.IncludeCurrent && query.OffsetMs == 0 && Holds(query, -1, ownMinor)) attempts.Add(own);
        var amounts = attempts.Select(attempt => attempt.Minor).ToList();
        var areKnown = attempts.TrueForAll(attempt => attempt.HasRate);
        return query.Aggregate switch
        {
            VelocityAggregate.Count => attempts.Count,
            VelocityAggregate.Sum => areKnown ? amounts.Sum() : null,
            VelocityAggregate.Avg => areKnown && amounts.Count > 0 ? (long)Math.Round((decimal)amounts.Sum() / amounts.Count, MidpointRounding.AwayFromZero) : null,
            VelocityAggregate.Min => areKnown && amounts.Count > 0 ? amounts.Min() : null,
            VelocityAggregate.Max => areKnown && amounts.Count > 0 ? amounts.Max() : null,
            VelocityAggregate.Distinct => attempts.Select(attempt => attempt.Account).Distinct().Count(),
            VelocityAggregate.Declines => Words(query, Within, VelocityEventType.Declined),
            VelocityAggregate.Approvals => Words(query, Within, VelocityEventType.Authorized),
            VelocityAggregate.Frauds => Words(query, Within, VelocityEventType.FraudReported),
            VelocityAggregate.Chargebacks => Words(query, Within, VelocityEventType.ChargedBack),
            VelocityAggregate.SinceLast => attempts.Count > 0 ? Math.Max(0, ownMs - attempts.Max(attempt => attempt.AtMs)) : null,
            _ => throw new NotSupportedException(query.Aggregate.ToString()),
        };
    }

    /// <summary>Each payment's first attempt, unless it is of a later time.</summary>
    private IEnumerable<Happening> Attempts() =>
        told.Where(one => one.Outcome is null).DistinctBy(one => one.Id).Where(one => one.AtMs <= ownMs + 5_000);

    private Happening? LastWord(int id, params VelocityEventType[] contradicting) =>
        told.Where(one => one.Id == id && one.AtMs <= ownMs + 5_000 && contradicting.Contains(one.Outcome ?? 0)).MaxBy(one => (one.AtMs, one.Rank, one.Outcome));

    private Happening? Issuer(int id) => LastWord(id, VelocityEventType.Authorized, VelocityEventType.Declined);

    private Happening? Fraud(int id) => LastWord(id, VelocityEventType.FraudReported, VelocityEventType.FraudCleared);

    private bool Holds(VelocityQuery query, int id, long amount) => query.Where is null || query.Where.Matches(new AttemptFields(
        Issuer(id)?.Outcome switch { VelocityEventType.Authorized => AttemptOutcome.Authorized, VelocityEventType.Declined => AttemptOutcome.Declined, _ => AttemptOutcome.None },
        Fraud(id)?.Outcome == VelocityEventType.FraudReported, amount, 0));

    private int Words(VelocityQuery query, Func<long, bool> within, VelocityEventType wanted) => told.Select(one => one.Id).Distinct().Count(id =>
    {
        var word = wanted is VelocityEventType.Declined or VelocityEventType.Authorized ? Issuer(id)
            : wanted == VelocityEventType.ChargedBack ? LastWord(id, VelocityEventType.ChargedBack) : Fraud(id);
        return word?.Outcome == wanted && within(word.AtMs) && Holds(query, id, word.HasRate ? word.Minor : -1);
    });
}
