using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;

namespace PaymentGuard.Platform;

/// <summary>What became of a column.</summary>
/// <param name="Rewritten">Rows that this run encrypted anew.</param>
/// <param name="Left">Rows that are still under older keys.</param>
/// <param name="FirstUnreadable">Key of the first row that no key opens; null: there is none.</param>
internal sealed record ReencryptedColumn(string Column, long Rewritten, long Left, string? FirstUnreadable);

/// <summary>
/// Encrypts what lies under older keys anew under the newest one, while the service runs. Rows go in small batches, each a statement that
/// commits by itself, so that it can be ended at any point and run again. A row that somebody changed since it was read, or holds locked, is
/// left to the next pass; no lock is ever waited for.
/// </summary>
internal sealed class Reencryption(NpgsqlDataSource postgres, DataKeys keys, TimeProvider clock)
{
    private const int BatchSize = 500, PassesMax = 10;
    private static readonly TimeSpan PassInterval = TimeSpan.FromMilliseconds(500);

    /// <param name="progress">Is told the share of the column's rows that were looked at, 0 to 1.</param>
    public async Task<ReencryptedColumn> Run(EncryptedColumn column, IProgress<double>? progress, CancellationToken ct)
    {
        await using var connection = await postgres.OpenConnectionAsync(ct);
        var rows = await Count(connection, $"SELECT count(*) FROM {column.Table}", [], ct);
        var rewritten = 0L;
        for (var pass = 1; ; pass++)
        {
            keys.Follow();
            var (written, unreadable) = await Pass(connection, column, keys.FrameHead, looked => progress?.Report(Math.Min(1, (double)looked / Math.Max(rows, 1))), ct);
            rewritten += written;
            var left = await Count(connection, $"SELECT count(*) FROM {column.Table} WHERE {IsOlder(column)}", keys.FrameHead, ct);
            if (left == 0 || pass == PassesMax || unreadable is not null && written == 0) return new ReencryptedColumn(column.Name, rewritten, left, unreadable);
            await Task.Delay(PassInterval, clock, ct);
        }
    }

    private static string IsOlder(EncryptedColumn column) => $"octet_length({column.Column}) > 0 AND substring({column.Column} FROM 1 FOR octet_length($1)) <> $1";

    private async Task<(long Written, string? Unreadable)> Pass(NpgsqlConnection connection, EncryptedColumn column, byte[] head, Action<long> looked, CancellationToken ct)
    {
        var (written, count, unreadable) = (0L, 0L, (string?)null);
        string[]? after = null;
        do
        {
            var rows = await Next(connection, column, head, after, ct);
            after = rows.Count < BatchSize ? null : rows[^1].Key;
            var fresh = rows.Where(row => row.Old is not null).Select(row => (row.Key, Old: row.Old!, Fresh: Renew(row.Old!, column.Place(row.Key)))).ToList();
            unreadable ??= fresh.Where(row => row.Fresh is null).Select(row => string.Join(' ', row.Key)).FirstOrDefault();
            written += await Write(connection, column, [.. fresh.Where(row => row.Fresh is not null)], ct);
            looked(count += rows.Count);
        } while (after is not null);
        return (written, unreadable);
    }

    /// <summary>The next rows by key; the value only of those under an older key.</summary>
    private static async Task<List<(string[] Key, byte[]? Old)>> Next(NpgsqlConnection connection, EncryptedColumn column, byte[] head, string[]? after, CancellationToken ct)
    {
        var names = string.Join(", ", column.Key.Select(part => part.Name));
        var place = after is null ? "" : $"WHERE ({names}) > ({string.Join(", ", column.Key.Select((part, index) => $"${index + 2}::{part.Type}"))})";
        await using var command = new NpgsqlCommand(
            $"SELECT {string.Join(", ", column.Key.Select(part => part.Name + "::text"))}, CASE WHEN {IsOlder(column)} THEN {column.Column} END FROM {column.Table} {place} ORDER BY {names} LIMIT {BatchSize}",
            connection);
        command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = head });
        foreach (var part in after ?? []) command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = part });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<(string[], byte[]?)>(BatchSize);
        while (await reader.ReadAsync(ct))
            rows.Add(([.. column.Key.Select((_, index) => reader.GetString(index))], reader.IsDBNull(column.Key.Count) ? null : reader.GetFieldValue<byte[]>(column.Key.Count)));
        return rows;
    }

    /// <summary>Null when no key opens the value.</summary>
    private byte[]? Renew(byte[] old, string place)
    {
        try { return keys.Encrypt(keys.Decrypt(old, place), place); }
        catch (CryptographicException) { return null; }
    }

    /// <summary>Replaces the values that still are what was read, and tells how many.</summary>
    private static async Task<int> Write(NpgsqlConnection connection, EncryptedColumn column, List<(string[] Key, byte[] Old, byte[]? Fresh)> rows, CancellationToken ct)
    {
        if (rows.Count == 0) return 0;
        var parts = column.Key.Count;
        string Same(string row) => string.Join(" AND ", column.Key.Select(part => $"{row}.{part.Name} = n.{part.Name}::{part.Type}")) + $" AND {row}.{column.Column} = n.old";
        var names = string.Join(", ", column.Key.Select(part => part.Name));
        await using var command = new NpgsqlCommand($"""
            UPDATE {column.Table} AS t SET {column.Column} = n.fresh
            FROM (SELECT n.* FROM unnest({string.Join(", ", Enumerable.Range(1, parts + 2).Select(index => $"${index}"))}) AS n ({names}, old, fresh)
                  JOIN {column.Table} AS l ON {Same("l")} FOR UPDATE OF l SKIP LOCKED) AS n
            WHERE {Same("t")}
            """, connection);
        for (var part = 0; part < parts; part++) command.Parameters.Add(Values(NpgsqlDbType.Text, rows.Select(row => row.Key[part])));
        command.Parameters.Add(Values(NpgsqlDbType.Bytea, rows.Select(row => row.Old)));
        command.Parameters.Add(Values(NpgsqlDbType.Bytea, rows.Select(row => row.Fresh!)));
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<long> Count(NpgsqlConnection connection, string sql, byte[] head, CancellationToken ct)
    {
        // It looks at every row, however many there are.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        if (head.Length > 0) command.Parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = head });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private static NpgsqlParameter Values<T>(NpgsqlDbType type, IEnumerable<T> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };
}
