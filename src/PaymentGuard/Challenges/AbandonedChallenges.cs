using Microsoft.Extensions.Logging;
using Npgsql;
using PaymentGuard.Audit;
using PaymentGuard.Events;

namespace PaymentGuard.Challenges;

/// <summary>Notes challenges that expired without a redeemed proof: rules may ask how often an account leaves them.</summary>
internal sealed class AbandonedChallenges(
    NpgsqlDataSource postgres, ChallengeSignals signals, AuditLog audit, TimeProvider clock, ILogger<AbandonedChallenges> logger)
    : ExclusiveService(postgres, LockKey, clock, logger)
{
    private const long LockKey = 0x5047_6162_616E_646E;   // "PGabandn"
    private const int ChallengesMax = 500;

    private const string IsExpired = "(state = 'open' AND expires_at <= $1 OR state = 'answered' AND proof_expires_at <= $1)";

    // The first two conditions are for the index on what may yet expire.
    private const string DueSql =
        $"SELECT id, account_id FROM challenges WHERE state IN ('open', 'answered') AND least(expires_at, proof_expires_at) <= $1 AND {IsExpired} LIMIT $2";
    private const string LockSql = "SELECT FROM accounts WHERE id = ANY ($1) ORDER BY id FOR UPDATE";
    private const string AbandonSql = $"UPDATE challenges SET state = 'abandoned' WHERE id = ANY ($2) AND {IsExpired} RETURNING id, account_id";

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);
    private readonly TimeProvider clock = clock;

    protected override async Task Work(NpgsqlConnection connection, CancellationToken ct)
    {
        while (true)
        {
            while (await AbandonSome(connection, ct) == ChallengesMax) { }
            await Task.Delay(Period, clock, ct);
        }
    }

    /// <returns>How many were due.</returns>
    private async Task<int> AbandonSome(NpgsqlConnection connection, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var due = await Read(connection, DueSql, [new NpgsqlParameter<DateTimeOffset> { TypedValue = now }, new NpgsqlParameter<int> { TypedValue = ChallengesMax }], ct);
        if (due.Count == 0) return 0;
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var locks = new NpgsqlCommand(LockSql, connection) { Parameters = { new NpgsqlParameter<string[]> { TypedValue = [.. due.Select(one => one.AccountId)] } } })
            await locks.ExecuteNonQueryAsync(ct);
        var abandoned = await Read(
            connection, AbandonSql,
            [new NpgsqlParameter<DateTimeOffset> { TypedValue = now }, new NpgsqlParameter<Guid[]> { TypedValue = [.. due.Select(one => one.Id)] }], ct);
        var recorded = await signals.Record(connection, [.. abandoned.Select(one => new ChallengeSignal(one.AccountId, ChallengeJson.PublicId(one.Id), IsAbandoned: true))], ct);
        await audit.Append(connection, [.. abandoned.Select(one => new AuditEntry("policy", "challenge.abandoned", one.AccountId, ChallengeJson.PublicId(one.Id)))], ct);
        await transaction.CommitAsync(ct);
        await signals.Apply(recorded);
        return due.Count;
    }

    private static async Task<List<(Guid Id, string AccountId)>> Read(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<(Guid, string)>();
        while (await reader.ReadAsync(ct)) found.Add((reader.GetGuid(0), reader.GetString(1)));
        return found;
    }
}
