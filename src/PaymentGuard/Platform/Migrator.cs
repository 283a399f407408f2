using System.Reflection;
using Npgsql;

namespace PaymentGuard.Platform;

/// <summary>
/// Brings the database to the schema that this build needs: the embedded <c>Migrations/NNNN-name.sql</c>, each once, in order, in a
/// transaction of its own. Processes that start at the same time wait for one another (advisory lock).
/// </summary>
internal sealed class Migrator(NpgsqlDataSource postgres)
{
    private const long LockKey = 0x50_47_6D_69_67_72;   // "PGmigr"
    private const string Folder = ".Migrations.";

    /// <summary>Runs what is missing and tells the names of what was run.</summary>
    public async Task<IReadOnlyList<string>> Run(CancellationToken ct = default)
    {
        await using var connection = await postgres.OpenConnectionAsync(ct);
        await Execute(connection, null, $"SELECT pg_advisory_lock({LockKey})", ct);
        try
        {
            await Execute(connection, null, "CREATE TABLE IF NOT EXISTS schema_migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())", ct);
            var missing = Missing(await Applied(connection, ct));
            foreach (var name in missing) await Apply(connection, name, ct);
            return missing;
        }
        finally { await Execute(connection, null, $"SELECT pg_advisory_unlock({LockKey})", CancellationToken.None); }
    }

    /// <summary>The migrations that the database lacks; all, when it has none yet.</summary>
    public async Task<IReadOnlyList<string>> Pending(CancellationToken ct = default)
    {
        await using var connection = await postgres.OpenConnectionAsync(ct);
        await using var exists = new NpgsqlCommand("SELECT to_regclass('schema_migrations') IS NOT NULL", connection);
        return Missing(await exists.ExecuteScalarAsync(ct) is true ? await Applied(connection, ct) : []);
    }

    private static List<string> Missing(HashSet<string> applied) =>
        [.. Resources().Select(resource => resource.Name).Where(name => !applied.Contains(name)).Order(StringComparer.Ordinal)];

    private static IEnumerable<(string Name, string Resource)> Resources() =>
        from resource in typeof(Migrator).Assembly.GetManifestResourceNames()
        let folder = resource.IndexOf(Folder, StringComparison.Ordinal)
        where folder >= 0 && resource.EndsWith(".sql", StringComparison.Ordinal)
        select (resource[(folder + Folder.Length)..^4], resource);

    private static async Task<HashSet<string>> Applied(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT name FROM schema_migrations", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct)) names.Add(reader.GetString(0));
        return names;
    }

    private static async Task Apply(NpgsqlConnection connection, string name, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await Execute(connection, transaction, await Text(name, ct), ct);
        await using var done = new NpgsqlCommand("INSERT INTO schema_migrations (name) VALUES ($1)", connection, transaction) { Parameters = { new() { Value = name } } };
        await done.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    private static async Task<string> Text(string name, CancellationToken ct)
    {
        var resource = Resources().First(candidate => candidate.Name == name).Resource;
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!);
        return await reader.ReadToEndAsync(ct);
    }

    private static async Task Execute(NpgsqlConnection connection, NpgsqlTransaction? transaction, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection, transaction) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }
}
