using Npgsql;
using PaymentGuard.Audit;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Platform;

namespace PaymentGuard.IntegrationTests.Audit;

/// <summary>An installation whose chain a test appends to, alters and checks in its own process.</summary>
internal sealed class AuditScenario(Installation installation) : IAsyncDisposable
{
    private readonly DataKeys keys = DataKeys.Load(installation.ReadSettings().KeyFile);

    public Installation Installation => installation;

    public NpgsqlDataSource Postgres { get; } = installation.OpenPostgres();

    public static async Task<AuditScenario> Start(TestServers servers) => new(await Checkout.Install(servers));

    public static AuditEntry Entry(string id) => new("staff-7", "account.frozen", "a_" + id, id, $$"""{"id":"{{id}}"}""");

    /// <summary>Appends in a transaction of its own.</summary>
    public async Task Append(params AuditEntry[] entries)
    {
        await using var connection = await Postgres.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await new AuditLog(keys, TimeProvider.System).Append(connection, entries, CancellationToken.None);
        await transaction.CommitAsync();
    }

    public async Task AppendMany(int count)
    {
        for (var first = 0; first < count; first += 500)
            await Append([.. Enumerable.Range(first, Math.Min(500, count - first)).Select(id => Entry($"{id}"))]);
    }

    /// <summary>Runs statements as the owner of the tables, whom no trigger hinders.</summary>
    public async Task Alter(string statements)
    {
        await Installation.Postgres.Execute(
            $"ALTER TABLE audit_entries DISABLE TRIGGER ALL; ALTER TABLE audit_head DISABLE TRIGGER ALL; {statements}", Installation.Database);
    }

    public async Task<AuditFault?> Check()
    {
        await using var connection = await Postgres.OpenConnectionAsync();
        using var check = new AuditCheck(AuditLog.LinkKey(keys), []);
        return await AuditTable.Check(connection, check, progress: null, CancellationToken.None);
    }

    public async Task<T> Value<T>(string sql)
    {
        await using var command = Postgres.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await Postgres.DisposeAsync();
        await Installation.DisposeAsync();
    }
}
