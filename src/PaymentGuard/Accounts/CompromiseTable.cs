using System.Text;
using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Platform;

namespace PaymentGuard.Accounts;

/// <summary>An interval in which an account was in other hands.</summary>
/// <param name="FrozenAt">Nothing passed after it.</param>
/// <param name="EndedAt">Null: the account was not given back yet.</param>
/// <param name="OpenedBy">As an audit entry's actor.</param>
internal sealed record Compromise(
    Guid Id, string AccountId, DateTimeOffset BeganAt, DateTimeOffset FrozenAt, DateTimeOffset? EndedAt, string OpenedBy, string Reason,
    DateTimeOffset? ClosedAt = null, string? ClosedBy = null);

/// <summary>The SQL on the table <c>compromises</c>. Whoever changes one holds the account's lock.</summary>
internal sealed class CompromiseTable(DataKeys keys)
{
    private const string Columns = "id, account_id, began_at, frozen_at, ended_at, opened_by, reason, closed_at, closed_by";

    public async Task Insert(NpgsqlConnection connection, Compromise opened, Guid? assessmentId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO compromises (id, account_id, began_at, frozen_at, opened_by, reason, assessment_id) VALUES ($1, $2, $3, $4, $5, $6, $7)", connection)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = opened.Id },
                new NpgsqlParameter<string> { TypedValue = opened.AccountId },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = opened.BeganAt },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = opened.FrozenAt },
                new NpgsqlParameter<string> { TypedValue = opened.OpenedBy },
                new NpgsqlParameter<byte[]> { TypedValue = keys.Encrypt(Encoding.UTF8.GetBytes(opened.Reason), ReasonPlace(opened.Id)) },
                new NpgsqlParameter { Value = (object?)assessmentId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The one that has not ended; null when there is none.</summary>
    public async Task<Compromise?> FindOpen(NpgsqlConnection connection, string accountId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM compromises WHERE account_id = $1 AND ended_at IS NULL", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = accountId } },
        };
        return (await Read(command, ct)).SingleOrDefault();
    }

    /// <summary>The one of the account; null when it has none of this id.</summary>
    public async Task<Compromise?> Find(NpgsqlConnection connection, string accountId, Guid id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM compromises WHERE account_id = $1 AND id = $2", connection)
        {
            Parameters = { new NpgsqlParameter<string> { TypedValue = accountId }, new NpgsqlParameter<Guid> { TypedValue = id } },
        };
        return (await Read(command, ct)).SingleOrDefault();
    }

    /// <summary>Newest first.</summary>
    /// <param name="before">Where the page before ended; null: from the newest on.</param>
    public async Task<List<Compromise>> OfAccount(NpgsqlConnection connection, string accountId, PageCursor? before, int max, CancellationToken ct)
    {
        var from = before is { } cursor && AccountIds.TryReadCompromise(cursor.Id, out var last) ? last : Guid.AllBitsSet;
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM compromises WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3", connection)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = accountId },
                new NpgsqlParameter<Guid> { TypedValue = from },
                new NpgsqlParameter<int> { TypedValue = max },
            },
        };
        return await Read(command, ct);
    }

    /// <summary>Moves the beginning back.</summary>
    public static async Task SetBegin(NpgsqlConnection connection, Guid id, DateTimeOffset beganAt, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("UPDATE compromises SET began_at = $2 WHERE id = $1", connection)
        {
            Parameters = { new NpgsqlParameter<Guid> { TypedValue = id }, new NpgsqlParameter<DateTimeOffset> { TypedValue = beganAt } },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Ends the interval where the account was frozen: nothing passed from there on.</summary>
    public static async Task Close(NpgsqlConnection connection, Guid id, DateTimeOffset at, string by, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("UPDATE compromises SET ended_at = frozen_at, closed_at = $2, closed_by = $3 WHERE id = $1 AND ended_at IS NULL", connection)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = id }, new NpgsqlParameter<DateTimeOffset> { TypedValue = at }, new NpgsqlParameter<string> { TypedValue = by },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<List<Compromise>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<Compromise>();
        while (await reader.ReadAsync(ct)) found.Add(Read(reader));
        return found;
    }

    private Compromise Read(NpgsqlDataReader reader)
    {
        var id = reader.GetGuid(0);
        var reason = Encoding.UTF8.GetString(keys.Decrypt(reader.GetFieldValue<byte[]>(6), ReasonPlace(id)));
        return new Compromise(
            id, reader.GetString(1), Time(reader, 2)!.Value, Time(reader, 3)!.Value, Time(reader, 4), reader.GetString(5), reason, Time(reader, 7),
            reader.IsDBNull(8) ? null : reader.GetString(8));
    }

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static string ReasonPlace(Guid id) => $"compromises.reason:{id}";
}
