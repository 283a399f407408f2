using Npgsql;
using PaymentGuard.Domain.Challenges;

namespace PaymentGuard.Accounts;

/// <summary>The state of an account's protection. Unset times are null.</summary>
/// <param name="CodesSentAt">Of the last 15 codes sent, oldest first.</param>
/// <param name="LastFrozenAt">Challenges opened before it are dead, also after recovery.</param>
internal sealed record AccountState(
    string Id, FactorLock Lock, IReadOnlyList<DateTimeOffset> CodesSentAt, DateTimeOffset? FrozenAt, DateTimeOffset? LastFrozenAt)
{
    public bool IsFrozen => FrozenAt is not null;
}

/// <summary>The SQL on the table <c>accounts</c>, whose rows are the locks of all that concerns an account.</summary>
internal static class AccountTable
{
    public const string Columns = "id, failures, failed_at, lock_seconds, locked_until, disabled_at, codes_sent_at, frozen_at, last_frozen_at";

    private const string InsertSql = "INSERT INTO accounts (id) VALUES ($1) ON CONFLICT DO NOTHING";
    private const string LockSql = $"SELECT {Columns} FROM accounts WHERE id = $1 FOR UPDATE";
    private const string StoreLockSql =
        "UPDATE accounts SET failures = $2, failed_at = $3, lock_seconds = $4, locked_until = $5, disabled_at = $6 WHERE id = $1";

    /// <summary>Makes the account's row if there is none, and keeps all others from the account until the transaction ends.</summary>
    public static async Task<AccountState> Lock(NpgsqlConnection connection, string id, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(InsertSql) { Parameters = { new NpgsqlParameter<string> { TypedValue = id } } },
                new NpgsqlBatchCommand(LockSql) { Parameters = { new NpgsqlParameter<string> { TypedValue = id } } },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return Read(reader);
    }

    /// <summary>As it is, without keeping anybody from it; null: it has nothing to protect.</summary>
    public static async Task<AccountState?> Find(NpgsqlConnection connection, string id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM accounts WHERE id = $1", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = id } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    /// <summary>Reads <see cref="Columns"/>, which stand first.</summary>
    public static AccountState Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        new FactorLock(reader.GetInt32(1), [.. reader.GetFieldValue<DateTimeOffset[]>(2)], reader.GetInt32(3), Time(reader, 4), Time(reader, 5)),
        reader.GetFieldValue<DateTimeOffset[]>(6), Time(reader, 7), Time(reader, 8));

    /// <summary>Writes an account's lock back.</summary>
    public static NpgsqlBatchCommand StoreLock(string id, FactorLock state) => new(StoreLockSql)
    {
        Parameters =
        {
            new NpgsqlParameter<string> { TypedValue = id },
            new NpgsqlParameter<int> { TypedValue = state.Failures },
            new NpgsqlParameter<DateTimeOffset[]> { TypedValue = [.. state.FailedAt] },
            new NpgsqlParameter<int> { TypedValue = state.LockSeconds },
            new NpgsqlParameter<DateTimeOffset?> { TypedValue = state.LockedUntil },
            new NpgsqlParameter<DateTimeOffset?> { TypedValue = state.DisabledAt },
        },
    };

    public static async Task StoreCodesSent(NpgsqlConnection connection, string id, DateTimeOffset[] sentAt, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("UPDATE accounts SET codes_sent_at = $2 WHERE id = $1", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = id }, new NpgsqlParameter<DateTimeOffset[]> { TypedValue = sentAt } },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
