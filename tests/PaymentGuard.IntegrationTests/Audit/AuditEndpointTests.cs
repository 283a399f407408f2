using System.Net;
using System.Text.Json.Nodes;
using PaymentGuard.IntegrationTests.Accounts;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Audit;

/// <summary>The chain as the running service writes and shows it.</summary>
public sealed class AuditEndpointTests(TestServers servers)
{
    [Fact]
    public async Task Entries_ByPageAndAccount_AreThoseWritten()
    {
        await using var audit = await AuditScenario.Start(servers);
        using var page = new AccountPage(audit.Installation, await audit.Installation.StartApi());
        await audit.AppendMany(150);
        await page.Freeze("a%2F1");
        var (status, first) = await page.Get("/v1/audit/entries");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal((100, 100), (first!["entries"]!.AsArray().Count, (int)first["next"]!));
        var (_, second) = await page.Get("/v1/audit/entries?after=100");
        var last = second!["entries"]!.AsArray()[^1]!;
        Assert.Equal((51, 151, "staff-1", "account.frozen", "a/1"),
            (second["entries"]!.AsArray().Count, (int)last["number"]!, (string)last["actor"]!, (string)last["action"]!, (string)last["accountId"]!));
        Assert.Null(second["next"]);
        Assert.IsType<JsonObject>(last["details"]);
        var (_, own) = await page.Get("/v1/audit/entries?accountId=a%2F1");
        Assert.Equal(last.ToJsonString(), Assert.Single(own!["entries"]!.AsArray())!.ToJsonString());
        Assert.Empty((await page.Get("/v1/audit/entries?accountId=a%2F1&after=151")).Body!["entries"]!.AsArray());
        foreach (var after in new[] { "x", "-1", "", "1.5", "99999999999999999999" })
            Assert.Equal(HttpStatusCode.BadRequest, (await page.Get("/v1/audit/entries?after=" + after)).Status);
        Assert.Null(await audit.Check());
    }

    [Fact]
    public async Task Freeze_EntryCannotBeWritten_FailsAsAWhole()
    {
        await using var audit = await AuditScenario.Start(servers);
        using var page = new AccountPage(audit.Installation, await audit.Installation.StartApi());
        const string Effects = "SELECT (SELECT count(*) FROM accounts WHERE frozen_at IS NOT NULL) || ' ' || (SELECT count(*) FROM compromises) || ' ' || (SELECT count(*) FROM notifications)";
        await audit.Append(AuditScenario.Entry("1"));
        foreach (var (hindrance, removal) in new[]
        {
            ("DELETE FROM audit_head", "INSERT INTO audit_head SELECT true, number, link FROM audit_entries"),
            ("ALTER TABLE audit_entries RENAME TO away", "ALTER TABLE away RENAME TO audit_entries"),
            ("ALTER TABLE audit_entries ADD CONSTRAINT none CHECK (number < 2)", "ALTER TABLE audit_entries DROP CONSTRAINT none"),
        })
        {
            await audit.Installation.Postgres.Execute("ALTER TABLE audit_head DISABLE TRIGGER ALL; " + hindrance, audit.Installation.Database);
            Assert.True((await page.Freeze("a")).Status >= HttpStatusCode.InternalServerError);
            Assert.Equal("0 0 0", await page.Scalar(Effects));
            await audit.Installation.Postgres.Execute(removal + "; ALTER TABLE audit_head ENABLE TRIGGER ALL", audit.Installation.Database);
        }
        Assert.Equal(HttpStatusCode.OK, (await page.Freeze("a")).Status);
        Assert.Equal("1 1 1", await page.Scalar(Effects));
        Assert.Null(await audit.Check());
    }
}
