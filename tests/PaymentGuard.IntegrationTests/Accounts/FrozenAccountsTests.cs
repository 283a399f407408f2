using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using PaymentGuard.Accounts;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Accounts;

/// <summary>The list of frozen accounts follows PostgreSQL, and outlasts it.</summary>
public sealed class FrozenAccountsTests(TestServers servers)
{
    [Fact]
    public async Task IsFrozen_FrozenAndUnfrozenByOthers_FollowsWithinSeconds()
    {
        await using var installation = await servers.Install();
        await using var postgres = installation.OpenPostgres();
        await Execute(postgres, "INSERT INTO accounts (id, frozen_at, last_frozen_at) VALUES ('before', now(), now())");
        using var frozen = await Start(postgres);
        Assert.True(frozen.IsLoaded && frozen.IsFrozen("before") && !frozen.IsFrozen("later"));
        await Execute(postgres, "INSERT INTO accounts (id) VALUES ('later'), ('never')");
        await Execute(postgres, "UPDATE accounts SET frozen_at = now() WHERE id = 'later'");
        await Eventually.Holds("the later one is frozen", () => Task.FromResult(frozen.IsFrozen("later")));
        await Execute(postgres, "UPDATE accounts SET frozen_at = NULL WHERE id = 'before'");
        await Eventually.Holds("the first one is not any more", () => Task.FromResult(!frozen.IsFrozen("before")));
        Assert.True(frozen.IsFrozen("later") && !frozen.IsFrozen("never"));
        await frozen.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task IsFrozen_CommittedAfterLaterTransactions_IsNotOverlooked()
    {
        await using var installation = await servers.Install();
        await using var postgres = installation.OpenPostgres();
        using var frozen = await Start(postgres);
        await using var connection = await postgres.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var slow = new NpgsqlCommand("INSERT INTO accounts (id, frozen_at) VALUES ('slow', now())", connection)) await slow.ExecuteNonQueryAsync();
        await Execute(postgres, "INSERT INTO accounts (id, frozen_at) VALUES ('quick', now())");
        await Eventually.Holds("the quick one is frozen", () => Task.FromResult(frozen.IsFrozen("quick")));
        Assert.False(frozen.IsFrozen("slow"));
        await transaction.CommitAsync();
        await Eventually.Holds("the slow one is frozen", () => Task.FromResult(frozen.IsFrozen("slow")));
        await frozen.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task IsFrozen_PostgresGoes_KeepsWhatIsKnown()
    {
        await using var installation = await servers.Install();
        await using var line = new TcpProxy(installation.Postgres.Address);
        installation.UsePostgresThrough(line);
        await using var postgres = installation.OpenPostgres();
        await Execute(postgres, "INSERT INTO accounts (id, frozen_at) VALUES ('a', now())");
        using var frozen = await Start(postgres);
        line.GoDown();
        frozen.Add("own");
        await Task.Delay(2_500);
        Assert.True(frozen.IsFrozen("a") && frozen.IsFrozen("own"));
        frozen.Remove("a");
        Assert.False(frozen.IsFrozen("a"));
        await frozen.StopAsync(CancellationToken.None);
    }

    private static async Task<FrozenAccounts> Start(NpgsqlDataSource postgres)
    {
        var frozen = new FrozenAccounts(postgres, TimeProvider.System, NullLogger<FrozenAccounts>.Instance);
        await frozen.StartAsync(CancellationToken.None);
        return frozen;
    }

    private static async Task Execute(NpgsqlDataSource postgres, string sql)
    {
        await using var command = postgres.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
