using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Platform;
using StackExchange.Redis;

namespace PaymentGuard.Velocity;

/// <summary>
/// The logs in Redis, one string per entity. A payment costs one round trip: all commands are started, then awaited together. Velocities are
/// unavailable while Redis does not answer in time, while it is not known to hold all logs (<see cref="RedisEpoch"/>), and for entities whose log
/// misses an append (<see cref="MissingAppends"/>).
/// </summary>
internal sealed class RedisVelocityStore : IVelocityStore
{
    /// <summary>Longest wait for appends that no payment waits for.</summary>
    private static readonly TimeSpan AppendBudget = TimeSpan.FromSeconds(1);

    private readonly RedisConnection redis;
    private readonly RedisEpoch epoch;
    private readonly MissingAppends missing;
    private readonly RedisCompaction compaction;
    private readonly TimeProvider clock;
    private readonly RedisBreaker breaker;
    private readonly Func<EntityKey, bool> isCertain;

    public RedisVelocityStore(RedisConnection redis, RedisEpoch epoch, MissingAppends missing, RedisCompaction compaction, TimeProvider clock)
    {
        (this.redis, this.epoch, this.missing, this.compaction, this.clock) = (redis, epoch, missing, compaction, clock);
        breaker = new RedisBreaker(clock);
        isCertain = key => epoch.IsComplete && !missing.Concerns(key);
    }

    public ValueTask<bool> AppendAndRead(VelocityAttempt attempt, VelocityPlan plan, Signals signals, TimeSpan budget, CancellationToken ct) =>
        AppendAndRead(attempt, plan, signals, budget, alongside: null, ct);

    /// <summary>As the other one.</summary>
    /// <param name="alongside">Adds a command of the caller's that goes out in the same packet. Not called while Redis is known not to answer.</param>
    public async ValueTask<bool> AppendAndRead(
        VelocityAttempt attempt, VelocityPlan plan, Signals signals, TimeSpan budget, Action<IDatabaseAsync>? alongside, CancellationToken ct)
    {
        var call = new RedisCall(attempt, plan);
        await breaker.Execute(static work => work.store.Ask(work.call, work.alongside, work.budget, work.ct), (store: this, call, alongside, budget, ct), ct);
        call.Fold(signals, mustStand: true, isCertain);
        if (epoch.IsComplete) compaction.Consider(call);
        if (call.AllAppended) return true;
        missing.Add(VelocityEvent.Attempt(attempt));
        return false;
    }

    public async ValueTask<bool> Append(VelocityEvent record, CancellationToken ct)
    {
        if (await breaker.Execute(static work => work.store.AppendNow(work.record, work.ct), (store: this, record, ct), ct)) return true;
        missing.Add(record);
        return false;
    }

    public async ValueTask Read(VelocityAttempt attempt, VelocityPlan plan, Signals signals, TimeSpan budget, CancellationToken ct)
    {
        var call = new RedisCall(attempt, plan);
        await breaker.Execute(static work => work.store.Look(work.call, work.budget, work.ct), (store: this, call, budget, ct), ct);
        call.Fold(signals, mustStand: false, isCertain);
    }

    /// <summary>Appends whatever the breaker says, for those who make good what is missing.</summary>
    internal async ValueTask<bool> AppendNow(VelocityEvent record, CancellationToken ct)
    {
        try { return await Task.WhenAll(StartAppends(record)).EndsWithin(AppendBudget, clock, ct); }
        catch (Exception failure) when (RedisFailure.Is(failure)) { return false; }
    }

    private List<Task> StartAppends(VelocityEvent record)
    {
        var database = redis.GetDatabase();
        var commands = new List<Task>(2 * record.Records.Count);
        foreach (var (key, entity, bytes) in record.Records)
        {
            RedisKey name = key.ToString();
            commands.Add(database.StringAppendAsync(name, bytes.ToBytes()));
            commands.Add(database.KeyExpireAsync(name, record.Settings.Entities[entity].Retention));
        }
        return commands;
    }

    private async ValueTask<bool> Ask(RedisCall call, Action<IDatabaseAsync>? alongside, TimeSpan budget, CancellationToken ct)
    {
        call.StartAppends(redis.GetDatabase(), alongside);
        await call.End(budget, clock, ct);
        return call.AnyAnswer;
    }

    private async ValueTask<bool> Look(RedisCall call, TimeSpan budget, CancellationToken ct)
    {
        call.StartReads(redis.GetDatabase());
        await call.End(budget, clock, ct);
        return call.AnyAnswer;
    }
}
