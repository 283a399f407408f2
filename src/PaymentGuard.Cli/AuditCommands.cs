using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using PaymentGuard.Audit;
using PaymentGuard.Platform;
using Spectre.Console;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard audit</c>: whether the audit chain is as it was written.</summary>
internal static class AuditCommands
{
    /// <summary>Lines of checkpoints that are named; all are counted.</summary>
    private const int CheckpointFaultsNamedMax = 20;

    public static Command Create() => new("audit", "The audit chain") { CreateVerify() };

    private static Command CreateVerify()
    {
        var folders = new Option<string[]>("--checkpoints") { Description = "A folder of checkpoints, may be given several times; PAYMENTGUARD_CHECKPOINTS unless given", HelpName = "DIR" };
        var publicKey = new Option<string?>("--public-key") { Description = "PEM file with the public keys that signed the checkpoints; that of PAYMENTGUARD_SERVICE_KEY unless given", HelpName = "FILE" };
        var json = CommonOptions.Json();
        var command = new Command("verify", "Recompute every link and compare the checkpoints; names the first entry that is not as it was written, and ends with 1 then") { folders, publicKey, json };
        command.SetAction(async (parsed, ct) =>
        {
            var settings = Settings.FromEnvironment();
            var keys = parsed.GetValue(publicKey) is { } file ? PublicKeys(file) : ServicePublicKey(settings);
            var named = parsed.GetValue(folders) is { Length: > 0 } given ? given : [settings.CheckpointFolder];
            var report = await Verify(settings, [.. named.Select(folder => new CheckpointFolder(folder, keys))], ct);
            Print(report, parsed.GetValue(json));
            return report.IsWhole ? 0 : 1;
        });
        return command;
    }

    /// <param name="Entries">That are as they were written, from the first on.</param>
    /// <param name="Checkpoints">That fit them.</param>
    /// <param name="Uncovered">Of these entries, how many come after the last checkpoint.</param>
    private sealed record Report(long Entries, long Checkpoints, long Uncovered, AuditFault? Fault, IReadOnlyList<CheckpointFault> CheckpointFaults, long CheckpointFaultCount)
    {
        public bool IsWhole => Fault is null && CheckpointFaultCount == 0;
    }

    private static async Task<Report> Verify(Settings settings, IReadOnlyList<CheckpointFolder> folders, CancellationToken ct)
    {
        var (faults, faultCount) = (new List<CheckpointFault>(), 0L);
        // Before the entries: each checkpoint that stands there now names entries that the snapshot has.
        var checkpoints = CheckpointFolder.Read(folders, fault =>
        {
            if (faultCount++ < CheckpointFaultsNamedMax) faults.Add(fault);
        });
        using var check = new AuditCheck(AuditLog.LinkKey(DataKeys.Load(settings.KeyFile)), checkpoints);
        await using var postgres = PostgresSource.Create(settings);
        await using var connection = await postgres.OpenConnectionAsync(ct);
        var fault = await WithProgress((await AuditTable.Head(connection, ct))?.Number ?? 0, progress => AuditTable.Check(connection, check, progress, ct));
        return new Report(check.Number, check.Checkpoints, check.Number - check.Covered, fault, faults, faultCount);
    }

    private static IReadOnlyList<ECDsa> PublicKeys(string file) => [.. AccessTokens.PublicKeys(file, "--public-key").Select(key => key.ECDsa)];

    private static IReadOnlyList<ECDsa> ServicePublicKey(Settings settings)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(ServiceKey.ReadPem(settings));
        return [key];
    }

    private static void Print(Report report, bool asJson)
    {
        if (asJson)
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new { report.IsWhole, report.Entries, report.Checkpoints, report.Uncovered, report.Fault, report.CheckpointFaultCount, report.CheckpointFaults }, JsonSerializerOptions.Web));
            return;
        }
        Console.WriteLine($"{report.Entries} entries are as they were written; {report.Checkpoints} checkpoints fit, {report.Uncovered} entries are not covered by one yet.");
        if (report.Fault is { } fault) Console.WriteLine($"Entry {fault.Entry}: {fault.Problem}.");
        foreach (var line in report.CheckpointFaults) Console.WriteLine($"{line.File}, line {line.Line}: {line.Problem}.");
        if (report.CheckpointFaultCount > report.CheckpointFaults.Count) Console.WriteLine($"And {report.CheckpointFaultCount - report.CheckpointFaults.Count} more lines.");
    }

    /// <summary>The bar goes to standard error, so that standard output holds the result alone.</summary>
    private static Task<AuditFault?> WithProgress(long entries, Func<IProgress<long>, Task<AuditFault?>> check)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask("Entries checked", maxValue: Math.Max(entries, 1));
                var fault = await check(new Progress<long>(number => bar.Value = number));
                if (fault is null) bar.Value = bar.MaxValue;
                return fault;
            });
    }
}
