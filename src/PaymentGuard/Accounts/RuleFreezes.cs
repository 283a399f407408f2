using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Assessments;
using PaymentGuard.Events;

namespace PaymentGuard.Accounts;

/// <summary>
/// Freezes accounts whose assessments demand it (<c>freeze: true</c> in a rule). It follows the assessments of all processes, and notes each demand in the
/// transaction that meets it: none is met twice and, as they lie in PostgreSQL, none is forgotten when a process dies. A demand from before the account
/// was given back was answered by that.
/// </summary>
internal sealed partial class RuleFreezes(
    NpgsqlDataSource postgres, FreezeAccount freeze, AssessmentsStored stored, TimeProvider clock, ILogger<RuleFreezes> logger)
    : ExclusiveService(postgres, LockKey, clock, logger)
{
    private const long LockKey = 0x5047_6672_6565_7A65;   // "PGfreeze"
    private const int DemandsMax = 100;

    // Assessments may commit in another order than they began in, so each look goes back to the oldest transaction that was open at the look before.
    private const string OldestOpenSql = "SELECT pg_snapshot_xmin(pg_current_snapshot())";
    private const string DemandsSql = """
        SELECT a.id, a.account_id, a.freeze_rule, a.occurred_at, a.decided_at FROM assessments a
        WHERE a.freeze_rule IS NOT NULL AND a.xid >= $1 AND NOT EXISTS (SELECT FROM rule_freezes f WHERE f.assessment_id = a.id)
        ORDER BY a.xid, a.id LIMIT $2
        """;
    private const string RecoveredSinceSql = "SELECT EXISTS (SELECT FROM compromises WHERE account_id = $1 AND closed_at >= $2)";
    private const string NoteSql = "INSERT INTO rule_freezes (assessment_id) VALUES ($1) ON CONFLICT DO NOTHING";

    private static readonly TimeSpan FullInterval = TimeSpan.FromMinutes(1);
    private readonly TimeProvider clock = clock;

    private sealed record Demand(Guid AssessmentId, string AccountId, string Rule, DateTimeOffset OccurredAt, DateTimeOffset DecidedAt);

    protected override async Task Work(NpgsqlConnection connection, CancellationToken ct)
    {
        while (true)
        {
            var since = 0UL;
            for (var begun = clock.GetTimestamp(); clock.GetElapsedTime(begun) < FullInterval;)
            {
                var more = stored.Next;
                var oldestOpen = await OldestOpen(connection, ct);
                while (await MeetSome(connection, since, ct)) { }
                since = oldestOpen;
                await stored.Wait(more, ct);
            }
        }
    }

    /// <returns>Whether there may be more.</returns>
    private async Task<bool> MeetSome(NpgsqlConnection connection, ulong since, CancellationToken ct)
    {
        var demands = await Demands(connection, since, ct);
        foreach (var demand in demands) await Meet(connection, demand, ct);
        return demands.Count == DemandsMax;
    }

    private async Task Meet(NpgsqlConnection connection, Demand demand, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await AccountTable.Lock(connection, demand.AccountId, ct);
        if (!await Note(connection, demand, ct)) return;        // met by another process that has lost its turn since
        var isAnswered = await IsRecoveredSince(connection, demand, ct);
        var order = new FreezeOrder(demand.AccountId, $"rule:{demand.Rule}", $"Rule {demand.Rule}", demand.OccurredAt, demand.AssessmentId);
        if (!isAnswered) await freeze.Handle(connection, order, ct);
        await transaction.CommitAsync(ct);
        if (isAnswered) return;
        freeze.Tell(demand.AccountId);
        LogFrozen(logger, demand.AccountId, demand.Rule);
    }

    private static async Task<bool> Note(NpgsqlConnection connection, Demand demand, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(NoteSql, connection) { Parameters = { new NpgsqlParameter<Guid> { TypedValue = demand.AssessmentId } } };
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    private static async Task<bool> IsRecoveredSince(NpgsqlConnection connection, Demand demand, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(RecoveredSinceSql, connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = demand.AccountId }, new NpgsqlParameter<DateTimeOffset> { TypedValue = demand.DecidedAt } },
        };
        return await command.ExecuteScalarAsync(ct) is true;
    }

    private static async Task<List<Demand>> Demands(NpgsqlConnection connection, ulong since, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(DemandsSql, connection)
        {
            Parameters = { new NpgsqlParameter<ulong> { TypedValue = since, NpgsqlDbType = NpgsqlDbType.Xid8 }, new NpgsqlParameter<int> { TypedValue = DemandsMax } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var demands = new List<Demand>();
        while (await reader.ReadAsync(ct))
            demands.Add(new Demand(reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetFieldValue<DateTimeOffset>(4)));
        return demands;
    }

    private static async Task<ulong> OldestOpen(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(OldestOpenSql, connection);
        return (ulong)(await command.ExecuteScalarAsync(ct))!;
    }

    [LoggerMessage(LogLevel.Warning, "Account {AccountId} is frozen: rule {Rule}")]
    private static partial void LogFrozen(ILogger logger, string accountId, string rule);
}
