using System.Buffers.Text;
using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Platform;
using StackExchange.Redis;

namespace PaymentGuard.Velocity;

/// <param name="Attempts">Attempts that were written; those during the rebuild may count twice.</param>
/// <param name="Events">Outcomes, labels and account events that were written.</param>
internal sealed record RebuildResult(long Attempts, long Events);

/// <summary>
/// Writes all logs anew from PostgreSQL while payments go on; until it is done, velocities are unavailable. Payments append meanwhile as ever, and
/// what is then written a second time folds away. Doing it twice, or breaking off and beginning again, gives the same logs.
/// </summary>
internal sealed class VelocityRebuild(
    NpgsqlDataSource postgres, RedisConnection redis, RedisEpoch epoch, VelocityHistory history, IRuleSetSource rules, TimeProvider clock)
{
    private const long LockKey = 0x5047_7265_6275_696C;   // "PGrebuil"
    private const int BatchMax = 2_000, KeysAtOnce = 1_000;

    /// <summary>An attempt is appended before its assessment commits: longest time between, in a process whose PostgreSQL answers.</summary>
    private static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan BatchBudget = TimeSpan.FromSeconds(30);

    /// <summary>Whether Redis does not name the rebuild that PostgreSQL names; null when Redis does not answer.</summary>
    public async Task<bool?> IsNeeded(CancellationToken ct)
    {
        var (isKnown, found) = await epoch.Find(ct);
        return isKnown ? found is null || found != await RecordedEpoch(ct) : null;
    }

    /// <summary>What PostgreSQL names; null before the first rebuild.</summary>
    public async Task<string?> RecordedEpoch(CancellationToken ct)
    {
        await using var command = postgres.CreateCommand("SELECT epoch FROM velocity_epoch");
        return (string?)await command.ExecuteScalarAsync(ct);
    }

    /// <summary>Rebuilds unless another process does, or just did.</summary>
    public async Task TryRun(CancellationToken ct)
    {
        await using var connection = await postgres.OpenConnectionAsync(ct);
        if (await Scalar(connection, $"SELECT pg_try_advisory_lock({LockKey})", ct) is not true) return;
        try
        {
            if (await IsNeeded(ct) is true) await Rebuild(connection, new Progress<double>(), ct);
        }
        finally { await Scalar(connection, $"SELECT pg_advisory_unlock({LockKey})", CancellationToken.None); }
    }

    /// <summary>Rebuilds, after another process has ended.</summary>
    /// <param name="progress">The part that is done, 0 to 1.</param>
    public async Task<RebuildResult> Run(IProgress<double> progress, CancellationToken ct)
    {
        await using var connection = await postgres.OpenConnectionAsync(ct);
        await Scalar(connection, $"SELECT pg_advisory_lock({LockKey})", ct);
        try { return await Rebuild(connection, progress, ct); }
        finally { await Scalar(connection, $"SELECT pg_advisory_unlock({LockKey})", CancellationToken.None); }
    }

    private async Task<RebuildResult> Rebuild(NpgsqlConnection connection, IProgress<double> progress, CancellationToken ct)
    {
        // Nothing was ever recorded: what is in Redis is all there is, and the first payments need not wait.
        if (await Scalar(connection, "SELECT NOT EXISTS (SELECT FROM assessments) AND NOT EXISTS (SELECT FROM events)", ct) is true)
        {
            await Complete(connection, ct);
            return new RebuildResult(0, 0);
        }
        await epoch.Withdraw(ct);
        await DeleteLogs(ct);
        // From here on every append finds its way into the new logs. Those before were of transactions that had begun, or began within the patience.
        var firstOpen = (ulong)(await Scalar(connection, "SELECT pg_snapshot_xmin(pg_current_snapshot())", ct))!;
        var steps = new Steps(progress, Convert.ToInt64(await Scalar(connection, "SELECT (SELECT count(*) FROM assessments) + (SELECT count(*) FROM events)", ct)));
        var attempts = await WriteAttempts(0, firstOpen, steps, ct);
        var events = await WriteEvents(steps, ct);
        await Task.Delay(CommitPatience, clock, ct);
        attempts += await WriteAttempts(firstOpen - 1, ulong.MaxValue, steps, ct);
        await Complete(connection, ct);
        return new RebuildResult(attempts, events);
    }

    private async Task<long> WriteAttempts(ulong afterXid, ulong untilXid, Steps steps, CancellationToken ct)
    {
        long written = 0;
        for (var (xid, id) = (afterXid, Guid.AllBitsSet); ;)
        {
            var batch = await history.AttemptsAfter(xid, id, untilXid, BatchMax, ct);
            await Write(batch.Select(attempt => attempt.Record), ct);
            steps.Add(batch.Count);
            written += batch.Count;
            if (batch.Count < BatchMax) return written;
            (xid, id) = (batch[^1].Xid, batch[^1].Id);
        }
    }

    private async Task<long> WriteEvents(Steps steps, CancellationToken ct)
    {
        long written = 0;
        for (var (source, id) = ("", ""); ;)
        {
            var batch = await history.EventsAfter(source, id, BatchMax, ct);
            await Write(batch.Select(one => one.Record).OfType<VelocityEvent>(), ct);
            steps.Add(batch.Count);
            written += batch.Count;
            if (batch.Count < BatchMax) return written;
            (source, id) = (batch[^1].Source, batch[^1].Id);
        }
    }

    /// <summary>One append for each log of the batch.</summary>
    private async Task Write(IEnumerable<VelocityEvent> events, CancellationToken ct)
    {
        var database = redis.GetDatabase();
        var commands = new List<Task>();
        foreach (var log in events.SelectMany(one => one.Records).GroupBy(record => (record.Key, record.Entity)))
        {
            RedisKey name = log.Key.Key.ToString();
            commands.Add(database.StringAppendAsync(name, log.SelectMany(record => record.Record.ToBytes()).ToArray()));
            commands.Add(database.KeyExpireAsync(name, rules.Current.VelocitySettings.Entities[log.Key.Entity].Retention));
        }
        await Task.WhenAll(commands).WaitAsync(BatchBudget, clock, ct);
    }

    private async Task DeleteLogs(CancellationToken ct)
    {
        var database = redis.GetDatabase();
        foreach (var server in redis.Client.GetEndPoints().Select(endPoint => redis.Client.GetServer(endPoint)).Where(server => server is { IsConnected: true, IsSlave: false }))
            foreach (var entity in rules.Current.VelocitySettings.Entities)
                foreach (var keys in server.Keys(pattern: $"{EntityKey.Prefix}{entity.Letter}:*", pageSize: KeysAtOnce).Chunk(KeysAtOnce))
                    await Task.WhenAll(keys.Select(key => database.KeyDeleteAsync(key))).WaitAsync(BatchBudget, clock, ct);
    }

    private async Task Complete(NpgsqlConnection connection, CancellationToken ct)
    {
        var name = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(12));
        await using var command = new NpgsqlCommand(
            "INSERT INTO velocity_epoch (epoch) VALUES ($1) ON CONFLICT (one) DO UPDATE SET epoch = $1, began_at = now()", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = name } },
        };
        await command.ExecuteNonQueryAsync(ct);
        await epoch.Complete(name, ct);
    }

    private static async Task<object?> Scalar(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return await command.ExecuteScalarAsync(ct);
    }

    private sealed class Steps(IProgress<double> progress, long total)
    {
        private long done;

        public void Add(int count) => progress.Report(Math.Min(1, (double)(done += count) / Math.Max(1, total)));
    }
}
