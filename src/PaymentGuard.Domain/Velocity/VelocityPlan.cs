using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity.Folding;

namespace PaymentGuard.Domain.Velocity;

/// <summary>
/// How all velocities of a layout are computed: each log is read once, whatever the number of windows. Immutable, shared by all threads;
/// folding allocates nothing.
/// </summary>
public sealed class VelocityPlan
{
    private readonly EntityPlan?[] entities;

    /// <exception cref="ArgumentException">A query of an entity that the settings do not have, or a partner that it is not logged with.</exception>
    public VelocityPlan(VelocitySettings settings, SignalLayout layout)
    {
        Settings = settings;
        var slots = layout.Velocities.Select((query, index) => (Query: query, Slot: layout.FirstVelocitySlot + index)).ToList();
        if (slots.Find(slot => settings.IndexOf(slot.Query.Entity) < 0) is { Query: { } unknown })
            throw new ArgumentException($"{unknown.Text}: no entity is called {unknown.Entity}.");
        entities = [.. settings.Entities.Select((entity, index) => EntityPlan.Of(entity, index, [.. slots.Where(slot => slot.Query.Entity == entity.Name)]))];
        for (var entity = 0; entity < entities.Length; entity++)
            if (entities[entity] is { } plan) (Entities, ReachMs) = (Entities | 1UL << entity, Math.Max(ReachMs, plan.ReachMs));
    }

    public VelocitySettings Settings { get; }

    /// <summary>Bit n: entity n is read.</summary>
    public ulong Entities { get; }

    /// <summary>How far back the furthest window begins, in milliseconds. Velocities without a window, such as the time first seen, do not count here.</summary>
    public long ReachMs { get; }

    public bool Reads(int entity) => entities[entity] is not null;

    /// <summary>
    /// Computes the velocities of one entity from its log, as of the attempt, from what stands before the attempt's first record.
    /// </summary>
    /// <param name="log">Whole records.</param>
    /// <param name="mustStand">Whether the attempt's record must be there; if it is not, the velocities are unavailable.</param>
    /// <returns>Where in the log the attempt's first record stands, in bytes; −1 when it is not there.</returns>
    public int Fold(int entity, ReadOnlySpan<byte> log, VelocityAttempt attempt, bool mustStand, Signals signals)
    {
        if (entities[entity] is not { } plan) return -1;
        if (log.Length % VelocityRecord.Size != 0)
        {
            SetUnavailable(entity, attempt, signals);
            return -1;
        }
        var records = VelocityRecord.In(log);
        var scan = FoldBuffers.OfThread.Scan;
        var own = scan.Run(records, attempt.EventHash, attempt.TimeMs + QueryPlan.SlackMs);
        if (own < 0 && mustStand) SetUnavailable(entity, attempt, signals);
        else plan.Fold(scan, records, attempt, signals);
        return own < 0 ? -1 : own * VelocityRecord.Size;
    }

    /// <summary>As the other, of a log in memory, whose scan is kept: a payment that comes after all others reads only what was appended since the last one.</summary>
    /// <param name="end">What is appended from here on, in bytes, is not read unless the log has to be read whole.</param>
    internal int Fold(int entity, EntityLog log, int end, VelocityAttempt attempt, bool mustStand, Signals signals)
    {
        if (entities[entity] is not { } plan) return -1;
        var scan = log.ScanOf(end);
        if (!scan.IsAsOf(attempt.EventHash, attempt.TimeMs + QueryPlan.SlackMs)) return Fold(entity, log.Bytes, attempt, mustStand, signals);
        plan.Fold(scan, VelocityRecord.In(log.Bytes), attempt, signals);
        return mustStand ? end : -1;
    }

    /// <summary>The payment does not name the entity.</summary>
    public void SetMissing(int entity, Signals signals)
    {
        if (entities[entity] is not { } plan) return;
        foreach (var query in plan.Queries) signals.SetMissing(query.Slot);
    }

    /// <summary>The entity's log could not be read in time, or not for certain.</summary>
    public void SetUnavailable(int entity, VelocityAttempt attempt, Signals signals)
    {
        if (entities[entity] is not { } plan) return;
        attempt.Unavailable |= 1UL << entity;
        foreach (var query in plan.Queries) signals.SetUnavailable(query.Slot);
    }

    /// <summary>What an answer lists as degraded: <c>velocity.card</c> and the like, of the entities that could not be read.</summary>
    public IEnumerable<string> Degraded(VelocityAttempt attempt)
    {
        for (var entity = 0; entity < entities.Length; entity++)
            if ((attempt.Unavailable >> entity & 1) != 0) yield return "velocity." + Settings.Entities[entity].Name;
    }
}
