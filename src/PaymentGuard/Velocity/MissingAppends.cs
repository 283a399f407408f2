using System.Collections.Concurrent;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Velocity;

/// <summary>
/// Entities whose log may miss a record: their velocities are unavailable, not small. There are those of appends that this process made and that were
/// not confirmed, which it tries again, and those of which PostgreSQL says that no process got them confirmed. Thread safe.
/// </summary>
internal sealed class MissingAppends
{
    /// <summary>Appends that a process remembers, about 40 MB. Beyond, all entities are concerned until PostgreSQL knows of none that is missing.</summary>
    public const int UnconfirmedMax = 100_000;

    private readonly ConcurrentQueue<VelocityEvent> unconfirmed = new();
    private readonly ConcurrentDictionary<EntityKey, int> unconfirmedByKey = new();
    private volatile HashSet<EntityKey>? recorded = [];
    private volatile bool overflowed;
    private int count;

    /// <summary>Appends that wait to be tried again.</summary>
    public int UnconfirmedCount => Volatile.Read(ref count);

    public bool Overflowed => overflowed;

    /// <summary>Whether the log may miss something.</summary>
    public bool Concerns(EntityKey key) =>
        overflowed || recorded is not { } known || known.Contains(key) || !unconfirmedByKey.IsEmpty && unconfirmedByKey.ContainsKey(key);

    /// <summary>An append that was not confirmed.</summary>
    public void Add(VelocityEvent record)
    {
        if (Interlocked.Increment(ref count) > UnconfirmedMax)
        {
            Interlocked.Decrement(ref count);
            overflowed = true;
            return;
        }
        foreach (var (key, _, _) in record.Records) unconfirmedByKey.AddOrUpdate(key, 1, static (_, times) => times + 1);
        unconfirmed.Enqueue(record);
    }

    /// <summary>What PostgreSQL says is missing; null: too much to list, so that all entities are concerned.</summary>
    public void SetRecorded(HashSet<EntityKey>? keys)
    {
        recorded = keys;
        if (keys is { Count: 0 }) overflowed = false;
    }

    /// <summary>Tries those again that wait now, many at a time, until one fails.</summary>
    public async Task Retry(Func<VelocityEvent, ValueTask<bool>> append, int atOnce)
    {
        for (var left = UnconfirmedCount; left > 0; left -= atOnce)
        {
            var batch = new List<VelocityEvent>(atOnce);
            while (batch.Count < atOnce && unconfirmed.TryDequeue(out var next)) batch.Add(next);
            var confirmed = await Task.WhenAll(batch.Select(record => append(record).AsTask()));
            for (var index = 0; index < batch.Count; index++)
            {
                if (confirmed[index]) Forget(batch[index]);
                else unconfirmed.Enqueue(batch[index]);
            }
            if (Array.Exists(confirmed, static isConfirmed => !isConfirmed)) return;
        }
    }

    private void Forget(VelocityEvent record)
    {
        foreach (var (key, _, _) in record.Records)
            if (unconfirmedByKey.AddOrUpdate(key, 0, static (_, times) => times - 1) == 0) unconfirmedByKey.TryRemove(KeyValuePair.Create(key, 0));
        Interlocked.Decrement(ref count);
    }
}
