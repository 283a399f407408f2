using System.Collections.Concurrent;
using PaymentGuard.Domain.Rules;

namespace PaymentGuard.Domain.Velocity;

/// <summary>
/// The logs of all entities in memory, byte for byte as Redis has them: for replays, backtests and tests. It has no clock and is never
/// unavailable. Thread safe; what is appended and read of one log is one step.
/// </summary>
/// <param name="keepMs">
/// Null: logs are compacted as their definitions say. Otherwise nothing is compacted, and what is older than this before a log's newest record
/// may be forgotten, but for the time first seen: a replay gives the reach of its plan, <see cref="VelocityPlan.ReachMs"/>, and a margin for late events.
/// Attempts are then logged only for entities that the plan reads.
/// </param>
public sealed class InProcessVelocityStore(long? keepMs = null) : IVelocityStore
{
    private readonly ConcurrentDictionary<UInt128, EntityLog> logs = new(HashOfHash.Instance);

    /// <summary>How many logs there are.</summary>
    public int Count => logs.Count;

    /// <summary>As <see cref="IVelocityStore.AppendAndRead"/>, now.</summary>
    public void AppendAndRead(VelocityAttempt attempt, VelocityPlan plan, Signals signals)
    {
        for (var entity = 0; entity < attempt.Settings.Entities.Length; entity++)
        {
            if (!attempt.Has(entity))
            {
                plan.SetMissing(entity, signals);
                continue;
            }
            if (keepMs is not null && !plan.Reads(entity)) continue;
            var log = LogOf(attempt.KeyOf(entity));
            lock (log)
            {
                var start = log.Append(attempt.RecordOf(entity), keepMs);
                if (plan.Reads(entity) && plan.Fold(entity, log, start, attempt, mustStand: true, signals) == start) attempt.FirstHere |= 1UL << entity;
                Compact(log, attempt.Settings.Entities[entity]);
            }
        }
    }

    /// <summary>As <see cref="IVelocityStore.Append"/>, now.</summary>
    public void Append(VelocityEvent record)
    {
        foreach (var (key, entity, bytes) in record.Records)
        {
            var log = LogOf(key);
            lock (log)
            {
                log.Append(bytes, keepMs);
                Compact(log, record.Settings.Entities[entity]);
            }
        }
    }

    /// <summary>As <see cref="IVelocityStore.Read"/>, now.</summary>
    public void Read(VelocityAttempt attempt, VelocityPlan plan, Signals signals)
    {
        for (var entity = 0; entity < attempt.Settings.Entities.Length; entity++)
        {
            if (!plan.Reads(entity)) continue;
            if (!attempt.Has(entity)) plan.SetMissing(entity, signals);
            else if (logs.TryGetValue(attempt.KeyOf(entity).Hash, out var log))
                lock (log) plan.Fold(entity, log, log.Bytes.Length, attempt, mustStand: false, signals);
            else plan.Fold(entity, [], attempt, mustStand: false, signals);
        }
    }

    /// <summary>A copy of a log; empty when there is none.</summary>
    public byte[] BytesOf(EntityKey key)
    {
        if (!logs.TryGetValue(key.Hash, out var log)) return [];
        lock (log) return log.Bytes.ToArray();
    }

    ValueTask<bool> IVelocityStore.AppendAndRead(VelocityAttempt attempt, VelocityPlan plan, Signals signals, TimeSpan budget, CancellationToken ct)
    {
        AppendAndRead(attempt, plan, signals);
        return ValueTask.FromResult(true);
    }

    ValueTask<bool> IVelocityStore.Append(VelocityEvent record, CancellationToken ct)
    {
        Append(record);
        return ValueTask.FromResult(true);
    }

    ValueTask IVelocityStore.Read(VelocityAttempt attempt, VelocityPlan plan, Signals signals, TimeSpan budget, CancellationToken ct)
    {
        Read(attempt, plan, signals);
        return ValueTask.CompletedTask;
    }

    private void Compact(EntityLog log, EntityDefinition definition)
    {
        if (keepMs is null && LogCompactor.IsDue(log.Bytes, definition)) log.Replace(LogCompactor.Compact(log.Bytes, definition));
    }

    private EntityLog LogOf(EntityKey key) => logs.GetOrAdd(key.Hash, static _ => new EntityLog());

    /// <summary>The keys are hashes already, of all kinds apart.</summary>
    private sealed class HashOfHash : IEqualityComparer<UInt128>
    {
        public static readonly HashOfHash Instance = new();

        public bool Equals(UInt128 left, UInt128 right) => left == right;

        public int GetHashCode(UInt128 key) => (int)(ulong)key;
    }
}
