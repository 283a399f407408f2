using System.Text;
using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Platform;

namespace PaymentGuard.Accounts;

/// <summary>How far giving an account back has come; spelled in small letters in the database and in answers.</summary>
internal enum RecoveryState
{
    /// <summary>One member of staff asked for it.</summary>
    Pending = 1,
    Done,
    /// <summary>The account was given back in another way before it was approved.</summary>
    Superseded,
}

/// <summary>An account that was, or is to be, given back to its owner.</summary>
/// <param name="CompromiseId">The interval that it ended; null while it is not done, and when the account was not frozen but its factors disabled.</param>
/// <param name="RequestedBy">As an audit entry's actor.</param>
/// <param name="ChallengeId">Whose proof it was done with; null: by staff.</param>
/// <param name="FactorsRemoved">Those added since the compromise began; null while it is not done.</param>
internal sealed record Recovery(
    Guid Id, string AccountId, Guid? CompromiseId, DateTimeOffset RequestedAt, string RequestedBy, RecoveryState State = RecoveryState.Pending,
    DateTimeOffset? DecidedAt = null, string? DecidedBy = null, Guid? ChallengeId = null, int? FactorsRemoved = null, int? CodesRemoved = null);

/// <summary>The SQL on the table <c>recoveries</c>. Whoever changes one holds the account's lock.</summary>
internal sealed class RecoveryTable(DataKeys keys)
{
    private const string SelectSql = """
        SELECT id, account_id, compromise_id, requested_at, requested_by, state, decided_at, decided_by, challenge_id, factors_removed, codes_removed FROM recoveries
        """;

    private const string InsertSql = """
        INSERT INTO recoveries (id, account_id, requested_at, requested_by, reason, challenge_id) VALUES ($1, $2, $3, $4, $5, $6)
        """;

    private const string DoneSql =
        "UPDATE recoveries SET state = 'done', decided_at = $2, decided_by = $3, factors_removed = $4, codes_removed = $5, compromise_id = $6 WHERE id = $1 AND state = 'pending'";

    private const string SupersedeSql = "UPDATE recoveries SET state = 'superseded', decided_at = $2, decided_by = $3 WHERE account_id = $1 AND state = 'pending'";

    public static Task<Recovery?> Find(NpgsqlConnection connection, string accountId, Guid id, CancellationToken ct) =>
        Read(connection, $"{SelectSql} WHERE account_id = $1 AND id = $2", ct, Text(accountId), Uuid(id));

    public static Task<Recovery?> FindPending(NpgsqlConnection connection, string accountId, CancellationToken ct) =>
        Read(connection, $"{SelectSql} WHERE account_id = $1 AND state = 'pending'", ct, Text(accountId));

    /// <summary>The one that was done with a proof of this challenge.</summary>
    public static Task<Recovery?> OfChallenge(NpgsqlConnection connection, Guid challengeId, CancellationToken ct) =>
        Read(connection, $"{SelectSql} WHERE challenge_id = $1", ct, Uuid(challengeId));

    public Task Insert(NpgsqlConnection connection, Recovery recovery, string reason, CancellationToken ct) => Execute(
        connection, InsertSql, ct,
        Uuid(recovery.Id), Text(recovery.AccountId), Time(recovery.RequestedAt), Text(recovery.RequestedBy),
        new NpgsqlParameter<byte[]> { TypedValue = keys.Encrypt(Encoding.UTF8.GetBytes(reason), $"recoveries.reason:{recovery.Id}") }, Uuid(recovery.ChallengeId));

    /// <summary>What staff asked for is not needed any more: the account is being given back in another way.</summary>
    public static Task Supersede(NpgsqlConnection connection, Recovery by, CancellationToken ct) =>
        Execute(connection, SupersedeSql, ct, Text(by.AccountId), Time(by.RequestedAt), Text(by.RequestedBy));

    public static Task StoreDone(NpgsqlConnection connection, Recovery done, CancellationToken ct) => Execute(
        connection, DoneSql, ct, Uuid(done.Id), Time(done.DecidedAt!.Value), Text(done.DecidedBy!),
        new NpgsqlParameter<int> { TypedValue = done.FactorsRemoved!.Value }, new NpgsqlParameter<int> { TypedValue = done.CodesRemoved!.Value }, Uuid(done.CompromiseId));

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<Recovery?> Read(NpgsqlConnection connection, string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    private static Recovery Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), Nullable<Guid>(reader, 2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetString(4),
        Enum.Parse<RecoveryState>(reader.GetString(5), ignoreCase: true), Nullable<DateTimeOffset>(reader, 6), reader.IsDBNull(7) ? null : reader.GetString(7),
        Nullable<Guid>(reader, 8), Nullable<int>(reader, 9), Nullable<int>(reader, 10));

    private static T? Nullable<T>(NpgsqlDataReader reader, int column) where T : struct => reader.IsDBNull(column) ? null : reader.GetFieldValue<T>(column);

    private static NpgsqlParameter Text(string value) => new NpgsqlParameter<string> { TypedValue = value };

    private static NpgsqlParameter Time(DateTimeOffset value) => new NpgsqlParameter<DateTimeOffset> { TypedValue = value };

    private static NpgsqlParameter Uuid(Guid? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };
}
