using Npgsql;

namespace PaymentGuard.Accounts;

/// <summary>The state of an account's protection. Unset times are null.</summary>
/// <param name="Failures">Refused answers in a row.</param>
/// <param name="FailedAt">Of the last 100 refused answers, oldest first.</param>
/// <param name="LockSeconds">Length of the last lock; 0: none since the last redeemed proof.</param>
/// <param name="CodesSentAt">Of the last 15 codes sent, oldest first.</param>
/// <param name="LastFrozenAt">Challenges opened before it are dead, also after recovery.</param>
internal sealed record AccountState(
    string Id, int Failures, IReadOnlyList<DateTimeOffset> FailedAt, int LockSeconds, DateTimeOffset? LockedUntil, DateTimeOffset? DisabledAt,
    IReadOnlyList<DateTimeOffset> CodesSentAt, DateTimeOffset? FrozenAt, DateTimeOffset? LastFrozenAt)
{
    public bool IsFrozen => FrozenAt is not null;
}

/// <summary>The SQL on the table <c>accounts</c>, whose rows are the locks of all that concerns an account.</summary>
internal static class AccountTable
{
    private const string Columns = "id, failures, failed_at, lock_seconds, locked_until, disabled_at, codes_sent_at, frozen_at, last_frozen_at";

    /// <summary>Makes the account's row if there is none, and keeps all others from the account until the transaction ends.</summary>
    public static async Task<AccountState> Lock(NpgsqlConnection connection, string id, CancellationToken ct) =>
        (await Lock(connection, [id], ct))[id];

    /// <summary>As the other one, for several accounts, in the order that keeps two who lock the same ones from waiting in a circle.</summary>
    public static async Task<Dictionary<string, AccountState>> Lock(NpgsqlConnection connection, IReadOnlyCollection<string> ids, CancellationToken ct)
    {
        var ordered = new SortedSet<string>(ids, StringComparer.Ordinal).ToArray();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO accounts (id) SELECT unnest($1) ON CONFLICT DO NOTHING") { Parameters = { Ids(ordered) } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"SELECT {Columns} FROM accounts WHERE id = ANY ($1) ORDER BY id FOR UPDATE") { Parameters = { Ids(ordered) } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var states = new Dictionary<string, AccountState>(ordered.Length, StringComparer.Ordinal);
        while (await reader.ReadAsync(ct)) states.Add(reader.GetString(0), Read(reader));
        return states;
    }

    private static NpgsqlParameter<string[]> Ids(string[] ids) => new() { TypedValue = ids };

    private static AccountState Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetInt32(1), reader.GetFieldValue<DateTimeOffset[]>(2), reader.GetInt32(3), Time(reader, 4), Time(reader, 5),
        reader.GetFieldValue<DateTimeOffset[]>(6), Time(reader, 7), Time(reader, 8));

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
