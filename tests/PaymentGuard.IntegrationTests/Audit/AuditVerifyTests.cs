using System.Security.Cryptography;
using PaymentGuard.Audit;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Platform;

namespace PaymentGuard.IntegrationTests.Audit;

/// <summary>Checkpoints that a running service signs, and the command that checks all.</summary>
public sealed class AuditVerifyTests(TestServers servers)
{
    [Fact]
    public async Task Verify_WhileTheServiceRunsAndAfterIt_CountsWhatNoCheckpointCovers()
    {
        await using var audit = await AuditScenario.Start(servers);
        var api = await audit.Installation.StartApi();
        await audit.AppendMany(1_200);
        await Covered(audit, 1_200);
        Assert.Equal((0, true, 1_200, 0), await Verify(audit));
        await audit.Append(AuditScenario.Entry("last"));
        await api.Stop();
        Assert.Equal((0, true, 1_201, 0), await Verify(audit));
        await audit.Append(AuditScenario.Entry("after"));
        Assert.Equal((0, true, 1_202, 1), await Verify(audit));
    }

    [Fact]
    public async Task Checkpoint_EntryNotCommitted_IsNotCovered()
    {
        await using var audit = await AuditScenario.Start(servers);
        await audit.Installation.StartApi();
        await audit.AppendMany(2);
        await Covered(audit, 2);
        await using (var connection = await audit.Postgres.OpenConnectionAsync())
        await using (await connection.BeginTransactionAsync())
        {
            await new AuditLog(DataKeys.Load(audit.Installation.ReadSettings().KeyFile), TimeProvider.System).Append(connection, [AuditScenario.Entry("3")], CancellationToken.None);
            await Task.Delay(2_500);
            Assert.Equal(2, Latest(audit));
        }
        await audit.Append(AuditScenario.Entry("3"));
        await Covered(audit, 3);
        Assert.Equal((0, true, 3, 0), await Verify(audit));
    }

    [Fact]
    public async Task Checkpoint_ProcessKilled_IsTakenOverByAnother()
    {
        await using var audit = await AuditScenario.Start(servers);
        ApiProcess[] apis = [await audit.Installation.StartApi(), await audit.Installation.StartApi()];
        var entries = 0;
        foreach (var api in apis)
        {
            await audit.AppendMany(10);
            await Covered(audit, entries += 10);
            await api.Kill();
        }
        Assert.Equal((0, true, 20, 0), await Verify(audit));
    }

    [Fact]
    public async Task Verify_TailCutWithItsHead_NamesTheFirstMissingEntry()
    {
        await using var audit = await AuditScenario.Start(servers);
        await Cover(audit, 10);
        await audit.Alter("DELETE FROM audit_entries WHERE number > 7; UPDATE audit_head SET (number, link) = (SELECT number, link FROM audit_entries WHERE number = 7)");
        Assert.Null(await audit.Check());
        await Fails(audit, entry: 8, "10 entries");
    }

    [Fact]
    public async Task Verify_CheckpointLineAlteredOrRemoved_NamesTheLine()
    {
        await using var audit = await AuditScenario.Start(servers);
        await Cover(audit, 10);
        await Cover(audit, 10);
        await Cover(audit, 10);
        var files = Directory.GetFiles(audit.Installation.ReadSettings().CheckpointFolder).Order(StringComparer.Ordinal).ToList();
        var text = await File.ReadAllTextAsync(files[0]);
        await File.WriteAllTextAsync(files[0], text.Replace(" 10 ", " 11 ", StringComparison.Ordinal));
        var result = await CommandRun.Run(audit.Installation, "audit", "verify", "--json");
        Assert.Equal((1, false), (result.ExitCode, (bool)result.Json["isWhole"]!));
        Assert.Equal(2, (int)result.Json["checkpointFaultCount"]!);
        Assert.Null(result.Json["fault"]);
        Assert.Equal(Path.GetFileName(files[0]), (string)result.Json["checkpointFaults"]![0]!["file"]!);
        File.Delete(files[0]);
        Assert.Equal(1, (await CommandRun.Run(audit.Installation, "audit", "verify")).ExitCode);
        await File.WriteAllTextAsync(files[0], text);
        Assert.Equal((0, true, 30, 0), await Verify(audit));
    }

    [Fact]
    public async Task Checkpoint_ChainIsNotWhole_IsNotSigned()
    {
        await using var audit = await AuditScenario.Start(servers);
        await Cover(audit, 10);
        await audit.AppendMany(10);
        await audit.Alter("UPDATE audit_entries SET actor = 'x' WHERE number = 15");
        var api = await audit.Installation.StartApi();
        await Eventually.Holds("the log names the entry", async () => (await File.ReadAllTextAsync(api.Process.LogFile)).Contains("not whole at entry 15", StringComparison.Ordinal));
        await api.Stop();
        Assert.Equal(10, Latest(audit));
        await Fails(audit, entry: 15, "link");
    }

    [Fact]
    public async Task Verify_WithThePublicKeyOfAnother_TrustsNoCheckpoint()
    {
        await using var audit = await AuditScenario.Start(servers);
        await Cover(audit, 10);
        var file = Path.Combine(audit.Installation.Folder, "public.pem");
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(file, other.ExportSubjectPublicKeyInfoPem());
        var result = await CommandRun.Run(audit.Installation, "audit", "verify", "--json", "--public-key", file);
        Assert.Equal((1, 10), (result.ExitCode, (int)result.Json["uncovered"]!));
        using var own = ECDsa.Create();
        own.ImportFromPem(await File.ReadAllTextAsync(audit.Installation.ReadSettings().ServiceKeyFile));
        await File.AppendAllTextAsync(file, "\n" + own.ExportSubjectPublicKeyInfoPem());
        result = await CommandRun.Run(audit.Installation, "audit", "verify", "--json", "--public-key", file);
        Assert.Equal((0, 0), (result.ExitCode, (int)result.Json["uncovered"]!));
    }

    /// <summary>Appends, and lets a service cover it.</summary>
    private static async Task Cover(AuditScenario audit, int count)
    {
        await audit.AppendMany(count);
        var api = await audit.Installation.StartApi();
        await Covered(audit, await audit.Value<long>("SELECT number FROM audit_head"));
        await api.Stop();
    }

    private static Task Covered(AuditScenario audit, long number) =>
        Eventually.Holds($"a checkpoint covers {number} entries", () => Task.FromResult(Latest(audit) == number));

    private static long? Latest(AuditScenario audit)
    {
        var settings = audit.Installation.ReadSettings();
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(settings.ServiceKeyFile));
        return new CheckpointFolder(settings.CheckpointFolder, [key]).Latest()?.Number;
    }

    private static async Task<(int ExitCode, bool IsWhole, int Entries, int Uncovered)> Verify(AuditScenario audit)
    {
        var result = await CommandRun.Run(audit.Installation, "audit", "verify", "--json");
        Assert.True(result.Output.Length > 0, result.Errors);
        return (result.ExitCode, (bool)result.Json["isWhole"]!, (int)result.Json["entries"]!, (int)result.Json["uncovered"]!);
    }

    private static async Task Fails(AuditScenario audit, long entry, string problem)
    {
        var result = await CommandRun.Run(audit.Installation, "audit", "verify", "--json");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(entry, (long)result.Json["fault"]!["entry"]!);
        Assert.Contains(problem, (string)result.Json["fault"]!["problem"]!, StringComparison.Ordinal);
        var text = await CommandRun.Run(audit.Installation, "audit", "verify");
        Assert.Equal(1, text.ExitCode);
        Assert.Contains($"Entry {entry}: ", text.Output, StringComparison.Ordinal);
    }
}
