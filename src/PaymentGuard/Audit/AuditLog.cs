using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
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
    private const string InsertSql = """
        INSERT INTO audit_entries (number, at, actor, action, account_id, object, details, trace_id, link)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    private readonly byte[] key = keys.Derive("audit");

    /// <summary>Appends to the chain inside the connection's transaction: the last thing to do in it, because all others who append wait from here until it ends.</summary>
    public async Task Append(NpgsqlConnection connection, IReadOnlyList<AuditEntry> entries, CancellationToken ct)
    {
        if (entries.Count == 0) return;
        var (number, link) = await LockHead(connection, ct);
        // PostgreSQL keeps microseconds.
        var at = new DateTimeOffset(clock.GetUtcNow().UtcTicks / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
        var traceId = Activity.Current?.TraceId.ToString() ?? "";
        var links = new List<byte[]>(entries.Count);
        foreach (var entry in entries) links.Add(link = Link(link, number + links.Count + 1, at, entry, traceId));
        await using var batch = new NpgsqlBatch(connection);
        var insert = new NpgsqlBatchCommand(InsertSql);
        Add(insert, NpgsqlDbType.Bigint, Enumerable.Range(1, entries.Count).Select(offset => number + offset));
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
            Parameters = { new NpgsqlParameter<long> { TypedValue = number + entries.Count }, new NpgsqlParameter<byte[]> { TypedValue = link } },
        });
        await batch.ExecuteNonQueryAsync(ct);
    }

    private byte[] Link(byte[] previous, long number, DateTimeOffset at, AuditEntry entry, string traceId)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Span<byte> fixedPart = stackalloc byte[2 * sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(fixedPart, number);
        BinaryPrimitives.WriteInt64BigEndian(fixedPart[sizeof(long)..], at.UtcTicks);
        hash.AppendData(fixedPart);
        Append(hash, previous);
        foreach (var text in new[] { entry.Actor, entry.Action, entry.AccountId, entry.Object, entry.Details, traceId })
            Append(hash, text is null ? null : Encoding.UTF8.GetBytes(text));
        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, byte[]? value)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, value?.Length ?? -1);
        hash.AppendData(length);
        if (value is not null) hash.AppendData(value);
    }

    private static async Task<(long Number, byte[] Link)> LockHead(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT number, link FROM audit_head FOR UPDATE", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetInt64(0), reader.GetFieldValue<byte[]>(1));
    }

    private static void Add<T>(NpgsqlBatchCommand command, NpgsqlDbType type, IEnumerable<T> values) =>
        command.Parameters.Add(new NpgsqlParameter { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type });
}
