using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;
using StackExchange.Redis;

namespace PaymentGuard.Velocity;

/// <summary>The commands of one payment, and what became of them.</summary>
internal sealed class RedisCall(VelocityAttempt attempt, VelocityPlan plan)
{
    private readonly Task<long>?[] appends = new Task<long>?[attempt.Settings.Entities.Length];
    private readonly Task<RedisValue>?[] reads = new Task<RedisValue>?[attempt.Settings.Entities.Length];
    private readonly List<Task> commands = new(2 * attempt.Settings.Entities.Length);

    public VelocityAttempt Attempt => attempt;

    /// <summary>Whether Redis said anything; refusals count.</summary>
    public bool AnyAnswer => commands.Count == 0 || commands.Exists(static command => command.IsCompletedSuccessfully || command.Exception?.InnerException is RedisServerException);

    /// <summary>Whether every append was confirmed.</summary>
    public bool AllAppended { get; private set; }

    /// <summary>Sends all commands together.</summary>
    /// <param name="alongside">Adds a command of the caller's, which goes out first.</param>
    public void StartAppends(IDatabase database, Action<IDatabaseAsync>? alongside)
    {
        var batch = database.CreateBatch();
        alongside?.Invoke(batch);
        for (var entity = 0; entity < appends.Length; entity++)
        {
            if (!attempt.Has(entity)) continue;
            RedisKey key = attempt.KeyOf(entity).ToString();
            Start(appends[entity] = batch.StringAppendAsync(key, attempt.RecordOf(entity).ToBytes()));
            // A log that nobody reads now is kept for rules to come. Not GETEX: the client does not know it and would send SELECT after each.
            _ = batch.KeyExpireAsync(key, attempt.Settings.Entities[entity].Retention, CommandFlags.FireAndForget);
            if (plan.Reads(entity)) Start(reads[entity] = batch.StringGetAsync(key));
        }
        batch.Execute();
    }

    public void StartReads(IDatabase database)
    {
        for (var entity = 0; entity < reads.Length; entity++)
            if (attempt.Has(entity) && plan.Reads(entity)) Start(reads[entity] = database.StringGetAsync(attempt.KeyOf(entity).ToString()));
    }

    /// <summary>
    /// Waits until all commands have ended or the time is up. The last first: a server answers in order, so that one wait is enough. The client completes
    /// what nobody waits for on the thread that reads, and queues a work item for each of the others.
    /// </summary>
    public async ValueTask End(TimeSpan budget, TimeProvider clock, CancellationToken ct)
    {
        var begun = clock.GetTimestamp();
        for (var index = commands.Count - 1; index >= 0; index--)
            if (!commands[index].IsCompletedSuccessfully) await commands[index].EndsWithin(budget - clock.GetElapsedTime(begun), clock, ct);
    }

    /// <summary>Computes the velocities of what has been read by now; the rest is unavailable.</summary>
    /// <param name="mustStand">Whether the attempt's record must be in the log.</param>
    /// <param name="isCertain">Whether a log is known to hold all it should.</param>
    public void Fold(Signals signals, bool mustStand, Func<EntityKey, bool> isCertain)
    {
        AllAppended = true;
        for (var entity = 0; entity < reads.Length; entity++)
        {
            if (!attempt.Has(entity)) plan.SetMissing(entity, signals);
            else
            {
                var isAppended = appends[entity] is { IsCompletedSuccessfully: true };
                AllAppended &= isAppended;
                if (!plan.Reads(entity)) continue;
                if ((isAppended || !mustStand) && LogOf(entity) is { } log && isCertain(attempt.KeyOf(entity))) Fold(entity, log, mustStand, signals);
                else plan.SetUnavailable(entity, attempt, signals);
            }
        }
    }

    /// <summary>The log as it was read, our own record included; null when it was not.</summary>
    public byte[]? LogOf(int entity) => reads[entity] is { IsCompletedSuccessfully: true } read ? (byte[]?)read.Result ?? [] : null;

    private void Fold(int entity, byte[] log, bool mustStand, Signals signals)
    {
        var start = plan.Fold(entity, log, attempt, mustStand, signals);
        if (mustStand && start >= 0 && start == appends[entity]!.Result - VelocityRecord.Size) attempt.FirstHere |= 1UL << entity;
    }

    private void Start(Task command) => commands.Add(command);
}
