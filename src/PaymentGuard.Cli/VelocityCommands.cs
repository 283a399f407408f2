using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PaymentGuard.Platform;
using PaymentGuard.Rules;
using PaymentGuard.Velocity;
using Spectre.Console;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard velocity</c>: the logs that velocities are counted from.</summary>
internal static class VelocityCommands
{
    public static Command Create() => new("velocity", "The logs that velocities are counted from") { CreateRebuild() };

    private static Command CreateRebuild()
    {
        var json = CommonOptions.Json();
        var command = new Command("rebuild", "Write all velocity logs in Redis anew from PostgreSQL; payments go on, their velocities are unavailable until it is done") { json };
        command.SetAction(async (parsed, ct) =>
        {
            var result = await Rebuild(ct);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(new { attempts = result.Attempts, events = result.Events }));
            else Console.WriteLine($"Rebuilt from {result.Attempts} attempts and {result.Events} events.");
        });
        return command;
    }

    private static async Task<RebuildResult> Rebuild(CancellationToken ct)
    {
        var settings = Settings.FromEnvironment();
        var services = new ServiceCollection().AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        await using var provider = services.AddPlatform(settings).AddRules(settings).AddVelocityRebuild().BuildServiceProvider();
        var rules = provider.GetRequiredService<RuleSetFolder>();
        await rules.StartAsync(ct);
        try { return await WithProgress(progress => provider.GetRequiredService<VelocityRebuild>().Run(progress, ct)); }
        finally { await rules.StopAsync(CancellationToken.None); }
    }

    /// <summary>The bar goes to standard error, so that standard output holds the result alone.</summary>
    private static Task<RebuildResult> WithProgress(Func<IProgress<double>, Task<RebuildResult>> rebuild)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask("Velocity logs rebuilt", maxValue: 1);
                var result = await rebuild(new Progress<double>(share => bar.Value = share));
                bar.Value = bar.MaxValue;
                return result;
            });
    }
}
