using System.CommandLine;
using System.Text.Json;
using PaymentGuard.Cli.Simulation;
using PaymentGuard.Platform;
using Spectre.Console;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard simulate</c>: a month of payments with planted attacks against a running PaymentGuard, and what became of them.</summary>
internal static class SimulateCommand
{
    private const int PaymentsDefault = 3_000, Radix = 36;

    public static Command Create()
    {
        var payments = new Option<int>("--payments") { Description = $"About how many, {TrafficPlan.PaymentsMin} to {TrafficPlan.PaymentsMax}", DefaultValueFactory = _ => PaymentsDefault };
        payments.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < TrafficPlan.PaymentsMin or > TrafficPlan.PaymentsMax) result.AddError($"--payments must be from {TrafficPlan.PaymentsMin} to {TrafficPlan.PaymentsMax}.");
        });
        var seed = new Option<int>("--seed") { Description = "The same seed makes the same people, purchases and attacks", DefaultValueFactory = _ => 1 };
        var json = CommonOptions.Json();
        var command = new Command("simulate", "Send simulated payments with planted attacks, half by HTTP, half by Kafka, and tell what became of them") { payments, seed, json };
        command.SetAction(async (parsed, ct) =>
        {
            var report = await Run(Settings.FromEnvironment(), parsed.GetValue(payments), parsed.GetValue(seed), ct);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(report, JsonSerializerOptions.Web));
            else report.Print(AnsiConsole.Console);
        });
        return command;
    }

    private static async Task<SimulationReport> Run(Settings settings, int payments, int seed, CancellationToken ct)
    {
        var api = ApiAccess.FromEnvironment();
        var kafka = settings.Kafka ?? throw new SettingException("PAYMENTGUARD_KAFKA is not set: the simulation sends half of its payments through Kafka.");
        var now = TimeProvider.System.GetUtcNow();
        var plan = new TrafficPlan(payments, seed, Name(now.ToUnixTimeSeconds()), now);
        return await Progress().StartAsync(progress =>
        {
            var traffic = plan.Make();
            var bar = progress.AddTask("Simulated payments", maxValue: traffic.Payments);
            return TrafficSender.Simulate(traffic, api, PageToken(settings), kafka, plan.Run, () => bar.Increment(1), ct);
        });
    }

    /// <summary>Null: it cannot be made here.</summary>
    private static string? PageToken(Settings settings)
    {
        try
        {
            using var signer = TokenSigner.Create(settings, TimeProvider.System);
            return signer.Sign("account-page", StepUp.TokenScopes, TimeSpan.FromHours(1));
        }
        catch (SettingException) { return null; }
    }

    /// <summary>On standard error: standard output is for the result.</summary>
    private static Progress Progress() =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }).Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn());

    /// <summary>A short name that no other second has.</summary>
    private static string Name(long second)
    {
        var name = "";
        for (; second > 0; second /= Radix) name = "0123456789abcdefghijklmnopqrstuvwxyz"[(int)(second % Radix)] + name;
        return name;
    }
}
