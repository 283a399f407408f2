using PaymentGuard.Domain.Rules;

namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>All velocities of one entity.</summary>
internal sealed class EntityPlan
{
    private readonly int entity;
    private readonly SeriesPlan[] series;
    private readonly QueryPlan[] queries;

    private EntityPlan(int entity, SeriesPlan[] series, QueryPlan[] queries)
    {
        this.entity = entity;
        this.series = series;
        this.queries = queries;
        ReachMs = queries.Where(query => query.WindowMs > 0).Select(query => query.ReachMs).DefaultIfEmpty().Max();
    }

    public ReadOnlySpan<QueryPlan> Queries => queries;

    /// <summary>How far back the furthest window begins.</summary>
    public long ReachMs { get; }

    /// <summary>Null when nothing is asked of the entity.</summary>
    public static EntityPlan? Of(EntityDefinition definition, int entity, IReadOnlyList<(VelocityQuery Query, int Slot)> asked)
    {
        if (asked.Count == 0) return null;
        var keys = asked.Select(slot => SeriesKey.Of(slot.Query)).Distinct().ToList();
        var queries = asked.Select(slot => QueryPlan.Of(slot.Query, slot.Slot, keys.IndexOf(SeriesKey.Of(slot.Query)), definition.Partners))
            // Distinct counts of one end share a pass, which the longest window makes.
            .OrderBy(query => (query.Series, query.Partner, query.OffsetMs)).ThenByDescending(query => query.ReachMs).ToArray();
        var series = keys.Select((key, index) => new SeriesPlan(key, queries.Where(query => query.Series == index).Max(query => query.ReachMs)));
        return new EntityPlan(entity, [.. series], queries);
    }

    public void Fold(LogScan scan, ReadOnlySpan<VelocityRecord> log, VelocityAttempt attempt, Signals signals)
    {
        var own = new OwnAttempt(attempt, entity);
        var buffers = FoldBuffers.OfThread;
        buffers.Partners.Clear();
        scan.Attempts.OwnBelongs = true;
        for (var index = 0; index < series.Length; index++)
            if (!series[index].IsBase) series[index].Build(buffers.Derived(index), scan, log, own);
        foreach (var query in queries)
        {
            var plan = series[query.Series];
            var fold = new WindowFold(scan, plan.IsBase ? scan.Attempts : buffers.Derived(query.Series), plan, query, own, log, buffers.Partners);
            fold.Write(signals);
            if (fold.IsApproximate) attempt.Approximate.Add(query.Slot);
        }
    }
}
