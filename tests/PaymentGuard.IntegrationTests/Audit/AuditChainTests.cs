using Npgsql;
using PaymentGuard.Accounts;
using PaymentGuard.Audit;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Platform;

namespace PaymentGuard.IntegrationTests.Audit;

/// <summary>What the database refuses, and what is found when it was made not to.</summary>
public sealed class AuditChainTests(TestServers servers)
{
    private const string Swap = """
        CREATE TEMPORARY TABLE swapped AS SELECT * FROM audit_entries WHERE number IN (4, 7);
        DELETE FROM audit_entries WHERE number IN (4, 7);
        INSERT INTO audit_entries SELECT 11 - number, at, actor, action, account_id, object, details, trace_id, link FROM swapped;
        """;

    /// <summary>Makes room for an entry and puts a copy of its neighbour there.</summary>
    private static string Insert(int number) => $"""
        UPDATE audit_entries SET number = -number WHERE number >= {number};
        UPDATE audit_entries SET number = 1 - number WHERE number < 0;
        INSERT INTO audit_entries SELECT {number}, at, actor, action, account_id, 'forged', details, trace_id, link FROM audit_entries WHERE number <> {number} ORDER BY number LIMIT 1;
        UPDATE audit_head SET number = number + 1;
        """;

    public static TheoryData<string, string, long> Alterations => new()
    {
        { "number", "UPDATE audit_entries SET number = 100 WHERE number = 5", 5 },
        { "number", "UPDATE audit_entries SET number = 0 WHERE number = 5", 0 },
        { "at", "UPDATE audit_entries SET at = at + interval '1 microsecond' WHERE number = 5", 5 },
        { "at", "UPDATE audit_entries SET at = 'infinity' WHERE number = 5", 5 },
        { "actor", "UPDATE audit_entries SET actor = 'staff-8' WHERE number = 5", 5 },
        { "action", "UPDATE audit_entries SET action = 'account.recovered' WHERE number = 5", 5 },
        { "account_id", "UPDATE audit_entries SET account_id = 'a_8' WHERE number = 5", 5 },
        { "account_id", "UPDATE audit_entries SET account_id = NULL WHERE number = 5", 5 },
        { "object", "UPDATE audit_entries SET object = object || ' ' WHERE number = 5", 5 },
        { "details", "UPDATE audit_entries SET details = '{}' WHERE number = 5", 5 },
        { "trace_id", "UPDATE audit_entries SET trace_id = 'x' WHERE number = 5", 5 },
        { "link", "UPDATE audit_entries SET link = set_byte(link, 31, get_byte(link, 31) # 1) WHERE number = 5", 5 },
        { "link", "UPDATE audit_entries SET link = '' WHERE number = 5", 5 },
        { "null", "ALTER TABLE audit_entries ALTER link DROP NOT NULL; UPDATE audit_entries SET link = NULL WHERE number = 5", 5 },
        { "two columns", "UPDATE audit_entries SET action = 'account', object = '.frozen' || object WHERE number = 5", 5 },
        { "first", "UPDATE audit_entries SET actor = 'x' WHERE number = 1", 1 },
        { "last", "UPDATE audit_entries SET actor = 'x' WHERE number = 10", 10 },
        { "all", "UPDATE audit_entries SET actor = 'x'", 1 },
        { "swap", Swap, 4 },
        { "insert at head", Insert(1), 1 },
        { "insert before head", "INSERT INTO audit_entries SELECT 0, at, actor, action, account_id, object, details, trace_id, link FROM audit_entries WHERE number = 1", 0 },
        { "insert in the middle", Insert(5), 5 },
        { "insert at the tail", Insert(11), 11 },
        { "insert after the head's", "INSERT INTO audit_entries SELECT 11, at, actor, action, account_id, object, details, trace_id, link FROM audit_entries WHERE number = 10", 11 },
        { "delete at head", "DELETE FROM audit_entries WHERE number = 1", 1 },
        { "delete at head, renumbered", "DELETE FROM audit_entries WHERE number = 1; UPDATE audit_entries SET number = -number; UPDATE audit_entries SET number = -number - 1; UPDATE audit_head SET number = 9", 1 },
        { "delete in the middle", "DELETE FROM audit_entries WHERE number = 5", 5 },
        { "delete in the middle, renumbered", "DELETE FROM audit_entries WHERE number = 5; UPDATE audit_entries SET number = -number WHERE number > 5; UPDATE audit_entries SET number = -number - 1 WHERE number < 0; UPDATE audit_head SET number = 9", 5 },
        { "delete at the tail", "DELETE FROM audit_entries WHERE number = 10", 10 },
        { "delete all", "DELETE FROM audit_entries", 1 },
        { "truncate", "TRUNCATE audit_entries", 1 },
        { "head's number less", "UPDATE audit_head SET number = 8", 9 },
        { "head's number more", "UPDATE audit_head SET number = 12", 11 },
        { "head's link", "UPDATE audit_head SET link = set_byte(link, 0, get_byte(link, 0) # 1)", 10 },
        { "head deleted", "DELETE FROM audit_head", 10 },
        { "number twice", "ALTER TABLE audit_entries DROP CONSTRAINT audit_entries_pkey; INSERT INTO audit_entries SELECT * FROM audit_entries WHERE number = 5", 5 },
    };

    [Fact]
    public async Task Check_EachAlteration_NamesTheFirstBadEntry()
    {
        await using var audit = await AuditScenario.Start(servers);
        await audit.Append(AuditScenario.Entry("1"), AuditScenario.Entry("2"));
        for (var id = 3; id <= 10; id++) await audit.Append(AuditScenario.Entry($"{id}"));
        Assert.Null(await audit.Check());
        foreach (var (what, statements, entry) in Alterations.Select(row => row.Data))
        {
            await audit.Alter("CREATE TABLE kept_entries AS TABLE audit_entries; CREATE TABLE kept_head AS TABLE audit_head");
            await audit.Alter(statements);
            var fault = await audit.Check();
            Assert.True(fault?.Entry == entry, $"{what}: {statements}\nfound {fault}, expected {entry}");
            await audit.Alter("""
                TRUNCATE audit_entries; INSERT INTO audit_entries TABLE kept_entries; DROP TABLE kept_entries;
                TRUNCATE audit_head; INSERT INTO audit_head TABLE kept_head; DROP TABLE kept_head
                """);
            Assert.Null(await audit.Check());
        }
    }

    [Fact]
    public async Task Check_RebuiltWithoutTheKey_NamesTheFirstEntryRebuilt()
    {
        await using var audit = await AuditScenario.Start(servers);
        await audit.AppendMany(10);
        await using (var stranger = await AuditScenario.Start(servers))
        {
            // Another installation's whole chain, well linked under its own key, in place of ours from the fourth entry on.
            await stranger.AppendMany(10);
            var rows = await stranger.Value<string>("SELECT json_agg(e) FROM audit_entries e WHERE number >= 4");
            await audit.Alter($"""
                DELETE FROM audit_entries WHERE number >= 4;
                INSERT INTO audit_entries SELECT * FROM json_populate_recordset(NULL::audit_entries, '{rows}');
                UPDATE audit_head SET link = (SELECT link FROM audit_entries WHERE number = 10)
                """);
        }
        Assert.Equal(4, (await audit.Check())?.Entry);
    }

    [Theory]
    [InlineData("UPDATE audit_entries SET actor = 'x'")]
    [InlineData("UPDATE audit_entries SET actor = 'x' WHERE number = -1")]
    [InlineData("DELETE FROM audit_entries")]
    [InlineData("TRUNCATE audit_entries")]
    [InlineData("UPDATE audit_head SET number = 0, link = ''")]
    [InlineData("UPDATE audit_head SET link = ''")]
    [InlineData("UPDATE audit_head SET number = number + 1")]
    [InlineData("DELETE FROM audit_head")]
    [InlineData("TRUNCATE audit_head")]
    [InlineData("INSERT INTO audit_head (one, number, link) VALUES (false, 0, '')")]
    [InlineData("SET session_replication_role = replica; DELETE FROM audit_entries")]
    public async Task Change_ByStatement_IsRefused(string statement)
    {
        await using var audit = await AuditScenario.Start(servers);
        await audit.AppendMany(3);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => audit.Installation.Postgres.Execute(statement, audit.Installation.Database));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        Assert.Null(await audit.Check());
    }

    [Fact]
    public async Task Append_HundredTransactionsAtOnce_MakesOneChainWithoutAGap()
    {
        await using var audit = await AuditScenario.Start(servers);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(id => audit.Append([.. Enumerable.Range(0, 1 + id % 3).Select(part => AuditScenario.Entry($"{id}.{part}"))])));
        Assert.Null(await audit.Check());
        Assert.Equal(199, await audit.Value<long>("SELECT max(number) FROM audit_entries"));
        Assert.Equal(199, await audit.Value<long>("SELECT count(*) FROM audit_entries"));
        Assert.Equal(199, await audit.Value<long>("SELECT number FROM audit_head"));
    }

    [Fact]
    public async Task Append_TransactionRolledBack_LeavesNoGap()
    {
        await using var audit = await AuditScenario.Start(servers);
        await audit.AppendMany(2);
        // The database takes no such character, so this entry cannot be written, and what it tells of is undone with it.
        await Assert.ThrowsAsync<PostgresException>(() => Freeze(audit, "a_1", new AuditEntry("staff-7", "account.frozen", "a_1", "\0")));
        await audit.Alter("DELETE FROM audit_head");
        await Assert.ThrowsAsync<InvalidDataException>(() => Freeze(audit, "a_1", AuditScenario.Entry("1")));
        Assert.Equal(0, await audit.Value<long>("SELECT count(*) FROM accounts"));
        await audit.Alter("INSERT INTO audit_head SELECT true, number, link FROM audit_entries WHERE number = 2");
        await Freeze(audit, "a_1", AuditScenario.Entry("1"));
        Assert.Equal(1, await audit.Value<long>("SELECT count(*) FROM accounts"));
        Assert.Equal(3, await audit.Value<long>("SELECT number FROM audit_head"));
        Assert.Null(await audit.Check());
    }

    private static async Task Freeze(AuditScenario audit, string account, AuditEntry entry)
    {
        await using var connection = await audit.Postgres.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await AccountTable.Lock(connection, account, CancellationToken.None);
        await new AuditLog(DataKeys.Load(audit.Installation.ReadSettings().KeyFile), TimeProvider.System).Append(connection, [entry], CancellationToken.None);
        await transaction.CommitAsync();
    }
}
