using System.Data;
using Npgsql;

namespace PaymentGuard.Audit;

/// <summary>Reads the chain for checks. Everything is read in one snapshot: entries that commit meanwhile are not seen.</summary>
internal static class AuditTable
{
    private const int ProgressInterval = 50_000;

    /// <summary>Null: the table holds no row.</summary>
    public static async Task<AuditHead?> Head(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT number, link FROM audit_head", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new AuditHead(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)) : null;
    }

    /// <summary>Checks the entries after the one that the check stands at, then the head. Null: all is as it was written.</summary>
    /// <param name="progress">Is told the number of the entry that was reached, now and then.</param>
    public static async Task<AuditFault?> Check(NpgsqlConnection connection, AuditCheck check, IProgress<long>? progress, CancellationToken ct)
    {
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        // Entries come at once, by the index, and not after all have been sorted.
        await using (var setting = new NpgsqlCommand("SET LOCAL enable_sort = off", connection)) await setting.ExecuteNonQueryAsync(ct);
        var head = await Head(connection, ct);
        await using (var entries = await CopiedEntries.Open(connection, check.Number > 0 ? check.Number : null, ct))
        {
            while (await entries.Next(ct))
            {
                if (check.Check(entries.Current) is { } fault) return fault;
                if (check.Number % ProgressInterval == 0) progress?.Report(check.Number);
            }
        }
        return check.End(head);
    }
}
