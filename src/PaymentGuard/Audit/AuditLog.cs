using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;
using PaymentGuard.Platform;

namespace PaymentGuard.Audit;

/// <summary>What somebody did.</summary>
/// <param name="Actor">The token's subject, <c>buyer:{account}</c>, <c>rule:{id}</c> or <c>policy</c>.</param>
/// <param name="Action">Such as <c>challenge.refused</c>, <c>factor.added</c>, <c>account.frozen</c>.</param>
/// <param name="Object">Id of what it was done to.</param>
/// <param name="Details">JSON without secrets and personal data.</param>
internal sealed record AuditEntry(string Actor, string Action, string? AccountId, string Object, string Details = "{}");

/// <summary>The audit chain. An entry lives or dies with the transaction that it tells of.</summary>
internal sealed class AuditLog(DataKeys keys, TimeProvider clock)
{
    private const string InsertSql = $"""
        INSERT INTO audit_entries ({AuditChain.Columns}, link)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    private readonly byte[] key = LinkKey(keys);

    /// <summary>What links are made with.</summary>
    public static byte[] LinkKey(DataKeys keys) => keys.Derive("audit");

    /// <summary>Appends to the chain inside the connection's transaction: the last thing to do in it, because all others who append wait from here until it ends.</summary>
    public async Task Append(NpgsqlConnection connection, IReadOnlyList<AuditEntry> entries, CancellationToken ct)
    {
        if (entries.Count == 0) return;
        var (number, link) = await LockHead(connection, ct);
        // PostgreSQL keeps microseconds.
        var at = clock.GetUtcNow().InMicroseconds();
        var traceId = Activity.Current?.TraceId.ToString() ?? "";
        var links = Links(number, link, at, entries, traceId);
        await using var batch = new NpgsqlBatch(connection);
        var insert = new NpgsqlBatchCommand(InsertSql);
        Add(insert, NpgsqlDbType.Bigint, entries.Select((_, index) => number + index + 1));
        Add(insert, NpgsqlDbType.TimestampTz, entries.Select(_ => at));
        Add(insert, NpgsqlDbType.Text, entries.Select(entry => entry.Actor));
        Add(insert, NpgsqlDbType.Text, entries.Select(entry => entry.Action));
        Add(insert, NpgsqlDbType.Text, entries.Select(entry => entry.AccountId));
        Add(insert, NpgsqlDbType.Text, entries.Select(entry => entry.Object));
        Add(insert, NpgsqlDbType.Text, entries.Select(entry => entry.Details));
        Add(insert, NpgsqlDbType.Text, entries.Select(_ => traceId));
        Add(insert, NpgsqlDbType.Bytea, links);
        batch.BatchCommands.Add(insert);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("UPDATE audit_head SET number = $1, link = $2")
        {
            Parameters = { new NpgsqlParameter<long> { TypedValue = number + entries.Count }, new NpgsqlParameter<byte[]> { TypedValue = links[^1] } },
        });
        await batch.ExecuteNonQueryAsync(ct);
    }

    private byte[][] Links(long number, byte[] link, DateTimeOffset at, IReadOnlyList<AuditEntry> entries, string traceId)
    {
        using var chain = new AuditChain(key);
        var links = new byte[entries.Count][];
        for (var index = 0; index < links.Length; index++)
        {
            links[index] = new byte[AuditChain.LinkSize];
            chain.Link(index == 0 ? link : links[index - 1], AuditChain.Encode(number + index + 1, at, entries[index], traceId), links[index]);
        }
        return links;
    }

    private static async Task<(long Number, byte[] Link)> LockHead(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT number, link FROM audit_head FOR UPDATE", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) && reader.GetFieldValue<byte[]>(1) is { Length: 0 or AuditChain.LinkSize } link
            ? (reader.GetInt64(0), link)
            : throw new InvalidDataException("audit_head has no proper row, so nothing can be appended.");
    }

    private static void Add<T>(NpgsqlBatchCommand command, NpgsqlDbType type, IEnumerable<T> values) =>
        command.Parameters.Add(new NpgsqlParameter { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type });
}
