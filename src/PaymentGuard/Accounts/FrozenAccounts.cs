using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace PaymentGuard.Accounts;

/// <summary>
/// The frozen accounts, in memory: what counts while PostgreSQL is away. While it answers, it is asked each second what was frozen or unfrozen,
/// by whichever process, since the last look; what this process did itself is known at once. Thread safe.
/// </summary>
internal sealed partial class FrozenAccounts(NpgsqlDataSource postgres, TimeProvider clock, ILogger<FrozenAccounts> logger) : BackgroundService
{
    // Transactions commit in another order than they began in, so the next look goes back to the oldest one that was open before this look.
    private const string OldestOpenSql = "SELECT pg_snapshot_xmin(pg_current_snapshot())";
    private const string AllSql = "SELECT id, true FROM accounts WHERE frozen_at IS NOT NULL";
    private const string ChangedSql = "SELECT id, frozen_at IS NOT NULL FROM accounts WHERE freeze_xid >= $1";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1), StartPatience = TimeSpan.FromSeconds(1), AskPatience = TimeSpan.FromSeconds(3);

    /// <summary>All are read anew this often: whatever went wrong with a change does not stay.</summary>
    private static readonly TimeSpan FullInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, byte> ids = new(StringComparer.Ordinal);
    private volatile bool isLoaded;
    private long ownChanges, readAllAt;
    private ulong since;
    private bool isDatabaseAway;

    /// <summary>Whether PostgreSQL has answered since the process began; before, the list is empty because nobody knows.</summary>
    public bool IsLoaded => isLoaded;

    public int Count => ids.Count;

    /// <summary>On the payment path: takes no lock and allocates nothing.</summary>
    public bool IsFrozen(string accountId) => ids.ContainsKey(accountId);

    /// <summary>This process froze the account; call it once that is committed.</summary>
    public void Add(string accountId)
    {
        Interlocked.Increment(ref ownChanges);
        ids[accountId] = 0;
    }

    /// <summary>This process unfroze the account; call it once that is committed.</summary>
    public void Remove(string accountId)
    {
        Interlocked.Increment(ref ownChanges);
        ids.TryRemove(accountId, out _);
    }

    /// <summary>Has the list before the first payment, where PostgreSQL answers within a second.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await Look(StartPatience, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Period, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stoppingToken.IsCancellationRequested) await Look(AskPatience, stoppingToken);
        }
    }

    private async Task Look(TimeSpan patience, CancellationToken stopping)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        bounded.CancelAfter(patience);
        try
        {
            await Refresh(isFull: !isLoaded || clock.GetElapsedTime(readAllAt) >= FullInterval, bounded.Token);
            isDatabaseAway = false;
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            if (!isDatabaseAway) LogAway(logger, failure.GetType().Name, (failure as PostgresException)?.SqlState);
            isDatabaseAway = true;
        }
        catch (Exception) when (stopping.IsCancellationRequested) { }
    }

    private async Task Refresh(bool isFull, CancellationToken ct)
    {
        var ownBefore = Interlocked.Read(ref ownChanges);
        var (oldestOpen, found) = await Read(isFull, ct);
        foreach (var (id, isFrozen) in found)
            if (isFrozen) ids.TryAdd(id, 0);
        // What PostgreSQL said may be older than what this process did meanwhile: nothing is unfrozen by it, and the next look goes as far back.
        if (Interlocked.Read(ref ownChanges) != ownBefore && isLoaded) return;
        foreach (var (id, isFrozen) in found)
            if (!isFrozen) ids.TryRemove(id, out _);
        if (isFull) RemoveAllBut(found);
        since = oldestOpen;
    }

    private void RemoveAllBut(Dictionary<string, bool> found)
    {
        foreach (var id in ids.Keys)
            if (!found.ContainsKey(id)) ids.TryRemove(id, out _);
        readAllAt = clock.GetTimestamp();
        isLoaded = true;
    }

    private async Task<(ulong OldestOpen, Dictionary<string, bool> Found)> Read(bool isFull, CancellationToken ct)
    {
        await using var connection = await postgres.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(OldestOpenSql), new NpgsqlBatchCommand(isFull ? AllSql : ChangedSql) } };
        if (!isFull) batch.BatchCommands[1].Parameters.Add(new NpgsqlParameter<ulong> { TypedValue = since, NpgsqlDbType = NpgsqlDbType.Xid8 });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var oldestOpen = reader.GetFieldValue<ulong>(0);
        await reader.NextResultAsync(ct);
        var found = new Dictionary<string, bool>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct)) found[reader.GetString(0)] = reader.GetBoolean(1);
        return (oldestOpen, found);
    }

    [LoggerMessage(LogLevel.Warning, "PostgreSQL does not say which accounts are frozen, those known are kept: {Failure} {SqlState}")]
    private static partial void LogAway(ILogger logger, string failure, string? sqlState);
}
