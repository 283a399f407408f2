namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>One velocity, ready to be computed.</summary>
/// <param name="Slot">Where in the signals it goes.</param>
/// <param name="Series">Number of the series it counts.</param>
/// <param name="Partner">Of a distinct count.</param>
/// <param name="Wanted">Of a streak or ratio.</param>
internal sealed record QueryPlan(
    int Slot, VelocityAggregate Aggregate, int Series, int Partner, AttemptOutcome Wanted, long WindowMs, long OffsetMs, bool IncludeCurrent)
{
    /// <summary>Payments of the same moment see each other, although their clocks differ.</summary>
    public const long SlackMs = 5_000;

    /// <summary>No window: everything that is in the log.</summary>
    private const long Always = long.MaxValue / 4;

    /// <summary>How far back from the payment the window begins.</summary>
    public long ReachMs => WindowMs > 0 ? WindowMs + OffsetMs : Always;

    /// <param name="partners">Of the entity.</param>
    public static QueryPlan Of(VelocityQuery query, int slot, int series, IReadOnlyList<string> partners) => new(
        slot, query.Aggregate, series, query.Aggregate == VelocityAggregate.Distinct ? PartnerOf(query, partners) : 0,
        OutcomeOf(query.Field), query.WindowMs, query.OffsetMs, query.IncludeCurrent && query.OffsetMs == 0);

    /// <summary>The window (from, to] for a payment of this time. Without offset, records that stand before the payment's count although they are a little later.</summary>
    public (long FromMs, long ToMs) WindowAt(long timeMs) => (timeMs - ReachMs, OffsetMs > 0 ? timeMs - OffsetMs : timeMs + SlackMs);

    private static AttemptOutcome OutcomeOf(string? field) => field switch
    {
        "authorized" => AttemptOutcome.Authorized,
        "declined" => AttemptOutcome.Declined,
        _ => AttemptOutcome.None,
    };

    private static int PartnerOf(VelocityQuery query, IReadOnlyList<string> partners)
    {
        for (var index = 0; index < partners.Count; index++)
            if (partners[index] == query.Field) return index;
        throw new ArgumentException($"{query.Text}: {query.Entity} is not logged together with {query.Field}.");
    }
}
