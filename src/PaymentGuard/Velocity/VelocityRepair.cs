using Microsoft.Extensions.Logging;
using Npgsql;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Events;

namespace PaymentGuard.Velocity;

/// <summary>
/// One process of an installation makes good what the logs miss: single appends that were not confirmed, and all logs when Redis was emptied or
/// replaced. Appending again what is there already changes nothing.
/// </summary>
internal sealed class VelocityRepair(
    NpgsqlDataSource postgres, VelocityHistory history, RedisVelocityStore store, EventStore events, VelocityRebuild rebuild, TimeProvider clock, ILogger<VelocityRepair> logger)
    : ExclusiveService(postgres, LockKey, clock, logger)
{
    private const long LockKey = 0x5047_7265_7061_6972;   // "PGrepair"
    private const int BatchMax = 200;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);
    private readonly TimeProvider clock = clock;

    protected override async Task Work(NpgsqlConnection connection, CancellationToken ct)
    {
        while (true)
        {
            var isRebuildNeeded = await rebuild.IsNeeded(ct);
            if (isRebuildNeeded is true) await rebuild.TryRun(ct);
            // A silent Redis is not given more to do.
            else if (isRebuildNeeded is false) while (await RepairSome(ct)) { }
            await Task.Delay(Period, clock, ct);
        }
    }

    /// <returns>Whether there may be more, and Redis takes it.</returns>
    private async Task<bool> RepairSome(CancellationToken ct)
    {
        var attempts = await history.MissingAttempts(BatchMax, ct);
        var applied = await Applied(attempts, attempt => attempt.Record, ct);
        if (applied.Count > 0) await history.MarkApplied(applied, ct);
        var missing = await history.MissingEvents(BatchMax, ct);
        var told = await Applied(missing, one => one.Record, ct);
        await events.Mark([.. told.Select(one => (one.Source, one.Id, true))], ct);
        return applied.Count + told.Count == attempts.Count + missing.Count && (applied.Count == BatchMax || told.Count == BatchMax);
    }

    private async Task<List<T>> Applied<T>(List<T> entries, Func<T, VelocityEvent?> record, CancellationToken ct)
    {
        var appends = entries.Select(entry => record(entry) is { } append ? store.AppendNow(append, ct).AsTask() : Task.FromResult(true)).ToList();
        var confirmed = await Task.WhenAll(appends);
        return [.. entries.Where((_, index) => confirmed[index])];
    }
}
