using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Domain.Challenges;

namespace PaymentGuard.Challenges.Factors;

/// <summary>A factor that was begun and does not count yet.</summary>
/// <param name="Until">It may be confirmed before it.</param>
/// <param name="Secret">Seed or address, or the challenge that a passkey is to be made with; encrypted for <see cref="Factor.SecretPlace"/>.</param>
/// <param name="CodeHash">Of the code sent to an address.</param>
internal sealed record PendingFactor(
    Guid Id, string Kind, DateTimeOffset CreatedAt, DateTimeOffset Until, byte[] Secret, CodeAlgorithm? Algorithm = null, int? Digits = null, byte[]? CodeHash = null);

/// <summary>What makes a pending factor count. What it leaves out stays as it was stored.</summary>
/// <param name="Step">Of TOTP: the step of the code, which is used now.</param>
/// <param name="Secret">Of passkeys: the public key in place of the challenge.</param>
/// <param name="Lookup">Of passkeys.</param>
internal sealed record Confirmation(long? Step = null, ClockDrift Drift = default, byte[]? Secret = null, byte[]? Lookup = null, long SignCount = 0);

/// <summary>The SQL that changes factors and recovery codes. Whoever uses it has locked the account.</summary>
internal static class FactorTable
{
    // So many may be begun at a time; the oldest goes first.
    private const int PendingMax = 5;

    private const string AnySql = """
        SELECT EXISTS (SELECT FROM factors WHERE account_id = $1 AND confirmed_at IS NOT NULL)
            OR EXISTS (SELECT FROM recovery_codes WHERE account_id = $1 AND used_at IS NULL)
        """;

    private const string AllSql = $"SELECT {Factor.Columns} FROM factors WHERE account_id = $1 AND (confirmed_at IS NOT NULL OR pending_until > $2) ORDER BY created_at, id";

    private const string PendingSql = "SELECT id, kind, created_at, pending_until, secret, totp_algorithm, totp_digits, code_hash FROM factors WHERE account_id = $1 AND confirmed_at IS NULL";

    private static readonly string ClearSql = $"""
        DELETE FROM factors WHERE account_id = $1 AND confirmed_at IS NULL AND (pending_until <= $2 OR kind = 'passkey' AND $3 = 'passkey'
            OR id IN (SELECT id FROM factors WHERE account_id = $1 AND confirmed_at IS NULL ORDER BY created_at DESC, id DESC OFFSET {PendingMax - 1}))
        """;

    private const string InsertSql = """
        INSERT INTO factors (id, account_id, kind, created_at, pending_until, secret, totp_algorithm, totp_digits, code_hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    private const string ConfirmSql = """
        UPDATE factors SET confirmed_at = $2, pending_until = NULL, code_hash = NULL, totp_last_step = $3, totp_drift = $4, totp_drift_run = $5,
               secret = COALESCE($6, secret), lookup = $7, sign_count = $8
        WHERE id = $1 AND confirmed_at IS NULL
        """;

    private const string InsertCodesSql = "INSERT INTO recovery_codes (hash, account_id, created_at) SELECT hash, $2, $3 FROM unnest($1) AS n (hash)";

    /// <summary>Whether the account has anything to prove itself with.</summary>
    public static async Task<bool> HasAny(NpgsqlConnection connection, string accountId, CancellationToken ct)
    {
        await using var command = Command(connection, AnySql, Text(accountId));
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The account's factors, and those that it can still confirm, the oldest first.</summary>
    public static async Task<List<Factor>> All(NpgsqlConnection connection, string accountId, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = Command(connection, AllSql, Text(accountId), Time(now));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var factors = new List<Factor>();
        while (await reader.ReadAsync(ct)) factors.Add(Factor.Read(reader));
        return factors;
    }

    public static async Task<long> RecoveryCodesLeft(NpgsqlConnection connection, string accountId, CancellationToken ct)
    {
        await using var command = Command(connection, "SELECT count(*) FROM recovery_codes WHERE account_id = $1 AND used_at IS NULL", Text(accountId));
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Stores a factor that is begun, in place of those that have expired and, of passkeys, of the one before.</summary>
    public static async Task Begin(NpgsqlConnection connection, string accountId, PendingFactor factor, CancellationToken ct)
    {
        await Execute(connection, ClearSql, [Text(accountId), Time(factor.CreatedAt), Text(factor.Kind)], ct);
        await Execute(
            connection, InsertSql,
            [
                Id(factor.Id), Text(accountId), Text(factor.Kind), Time(factor.CreatedAt), Time(factor.Until), Bytes(factor.Secret),
                Nullable(NpgsqlDbType.Smallint, (short?)factor.Algorithm), Nullable(NpgsqlDbType.Smallint, (short?)factor.Digits), Bytes(factor.CodeHash),
            ],
            ct);
    }

    /// <summary>Null: the account has begun no such factor, or it is confirmed.</summary>
    public static Task<PendingFactor?> FindPending(NpgsqlConnection connection, string accountId, Guid id, CancellationToken ct) =>
        ReadPending(connection, $"{PendingSql} AND id = $2", [Text(accountId), Id(id)], ct);

    /// <summary>The one passkey that an account may be about to make.</summary>
    public static Task<PendingFactor?> FindPendingPasskey(NpgsqlConnection connection, string accountId, CancellationToken ct) =>
        ReadPending(connection, $"{PendingSql} AND kind = 'passkey'", [Text(accountId)], ct);

    /// <summary>
    /// Has a pending factor count. Whatever else was begun is dropped: it may have been begun without a proof when the account had no factor yet, and has one now.
    /// </summary>
    public static async Task Confirm(NpgsqlConnection connection, string accountId, Guid id, Confirmation confirmation, DateTimeOffset now, CancellationToken ct)
    {
        var confirmed = await Execute(
            connection, ConfirmSql,
            [
                Id(id), Time(now), Nullable(NpgsqlDbType.Bigint, confirmation.Step), new NpgsqlParameter<short> { TypedValue = confirmation.Drift.Steps },
                new NpgsqlParameter<short> { TypedValue = confirmation.Drift.Run }, Bytes(confirmation.Secret), Bytes(confirmation.Lookup),
                new NpgsqlParameter<long> { TypedValue = confirmation.SignCount },
            ],
            ct);
        if (confirmed != 1) throw new InvalidOperationException("A factor was confirmed while its account was locked.");
        await DropPending(connection, accountId, ct);
    }

    /// <summary>True when another factor has this passkey.</summary>
    public static async Task<bool> IsLookupTaken(NpgsqlConnection connection, byte[] lookup, CancellationToken ct)
    {
        await using var command = Command(connection, "SELECT EXISTS (SELECT FROM factors WHERE lookup = $1)", Bytes(lookup));
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    public static Task Remove(NpgsqlConnection connection, Guid id, CancellationToken ct) => Execute(connection, "DELETE FROM factors WHERE id = $1", [Id(id)], ct);

    /// <summary>A new set of recovery codes in place of all before, used or not. See <see cref="Confirm"/> for what else goes.</summary>
    public static async Task ReplaceRecoveryCodes(NpgsqlConnection connection, string accountId, byte[][] hashes, DateTimeOffset now, CancellationToken ct)
    {
        await Execute(connection, "DELETE FROM recovery_codes WHERE account_id = $1", [Text(accountId)], ct);
        await Execute(connection, InsertCodesSql, [new NpgsqlParameter<byte[][]> { TypedValue = hashes }, Text(accountId), Time(now)], ct);
        await DropPending(connection, accountId, ct);
    }

    private static Task DropPending(NpgsqlConnection connection, string accountId, CancellationToken ct) =>
        Execute(connection, "DELETE FROM factors WHERE account_id = $1 AND confirmed_at IS NULL", [Text(accountId)], ct);

    private static async Task<PendingFactor?> ReadPending(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken ct)
    {
        await using var command = Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        return new PendingFactor(
            reader.GetGuid(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetFieldValue<byte[]>(4),
            reader.IsDBNull(5) ? null : (CodeAlgorithm)reader.GetInt16(5), reader.IsDBNull(6) ? null : reader.GetInt16(6), reader.IsDBNull(7) ? null : reader.GetFieldValue<byte[]>(7));
    }

    private static async Task<int> Execute(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, CancellationToken ct)
    {
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private static NpgsqlParameter Id(Guid id) => new NpgsqlParameter<Guid> { TypedValue = id };

    private static NpgsqlParameter Text(string text) => new NpgsqlParameter<string> { TypedValue = text };

    private static NpgsqlParameter Time(DateTimeOffset time) => new NpgsqlParameter<DateTimeOffset> { TypedValue = time };

    private static NpgsqlParameter Bytes(byte[]? bytes) => new() { Value = (object?)bytes ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea };

    private static NpgsqlParameter Nullable<T>(NpgsqlDbType type, T? value) where T : struct => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = type };
}
