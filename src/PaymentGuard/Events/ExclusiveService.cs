using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PaymentGuard.Events;

/// <summary>
/// Work that one process of an installation does at a time. It holds an advisory lock of PostgreSQL on the connection that the work
/// uses: when the process or that connection dies, another process takes over within a second.
/// </summary>
/// <param name="lockKey">One number for each kind of work.</param>
internal abstract partial class ExclusiveService(NpgsqlDataSource postgres, long lockKey, TimeProvider clock, ILogger logger) : BackgroundService
{
    // A plan that was made and kept while a table was empty reads all of it for ever after, so each statement of the turn is planned anew.
    private const string BeginSql = "SELECT pg_try_advisory_lock($1) AND set_config('plan_cache_mode', 'force_custom_plan', false) IS NOT NULL";
    private const string EndSql = "SELECT pg_advisory_unlock($1) AND set_config('plan_cache_mode', 'auto', false) IS NOT NULL";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Works until it is cancelled. An exception ends this turn; another one, here or elsewhere, follows.</summary>
    protected abstract Task Work(NpgsqlConnection connection, CancellationToken ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();             // the host's start does not wait for us
        while (!stoppingToken.IsCancellationRequested)
        {
            try { await TakeTurn(stoppingToken); }
            catch (Exception) when (stoppingToken.IsCancellationRequested) { return; }
            catch (Exception failure) { LogFailure(logger, GetType().Name, failure.GetType().Name, (failure as PostgresException)?.SqlState); }
            await Task.Delay(Patience, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TakeTurn(CancellationToken ct)
    {
        await using var connection = await postgres.OpenConnectionAsync(ct);
        if (!await IsTrue(connection, BeginSql, ct)) return;
        try { await Work(connection, ct); }
        finally
        {
            // A connection that goes back to the pool keeps its locks; one that is broken has lost them.
            if (connection.FullState == System.Data.ConnectionState.Open) await IsTrue(connection, EndSql, CancellationToken.None);
        }
    }

    private async Task<bool> IsTrue(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter<long> { TypedValue = lockKey } } };
        return await command.ExecuteScalarAsync(ct) is true;
    }

    [LoggerMessage(LogLevel.Warning, "{Service} begins again after {Failure} {SqlState}")]
    private static partial void LogFailure(ILogger logger, string service, string failure, string? sqlState);
}
