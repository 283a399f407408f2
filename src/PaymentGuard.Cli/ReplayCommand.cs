using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Cli.Replay;
using PaymentGuard.Platform;
using PaymentGuard.Rules.Replay;
using Spectre.Console;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard replay</c>: a history of payments through the rules, in process or through a running service.</summary>
internal static class ReplayCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Argument<string> History = new("HISTORY")
    {
        Description = "CSV, also gzipped, in the order of time: tx_id,tx_time,customer_id,terminal_id,amount",
    };

    private static readonly Option<string?> Labels = new("--labels") { Description = "CSV with the tx_id of every fraud; each is told 7 days after its payment" };
    private static readonly Option<string?> Rules = new("--rules") { Description = "Folder of the rule set; needed in process" };
    private static readonly Option<string?> Scores = new("--scores") { Description = "File to write: tx_id,score; a higher score is riskier" };
    private static readonly Option<string?> Features = new("--features") { Description = "File to write: tx_id and the columns of --feature-columns; in process only" };
    private static readonly Option<string?> Columns = new("--feature-columns") { Description = "YAML, name: expression; default: perf/detection/features.yaml of the source tree" };
    private static readonly Option<DateOnly?> Evaluate = new("--evaluate") { Description = "First day (2018-08-08) of the week to measure detection in, by the labels" };
    private static readonly Option<long?> Limit = new("--limit") { Description = "Most payments to replay" };
    private static readonly Option<string?> Run = new("--run") { Description = "Name that goes into all ids sent to a service; default: a new one" };
    private static readonly Option<string?> Through = new Option<string?>("--through") { Description = "Send to the running service instead: http (PAYMENTGUARD_API) or kafka (PAYMENTGUARD_KAFKA)" }
        .AcceptOnlyFromAmong("http", "kafka");

    public static Command Create()
    {
        var json = CommonOptions.Json();
        var command = new Command("replay", "Replay a history of payments, with its labels, and write scores and features")
        {
            History, Labels, Rules, Scores, Features, Columns, Evaluate, Limit, Through, Run, json,
        };
        command.Validators.Add(result =>
        {
            var inProcess = result.GetValue(Through) is null;
            if (inProcess && result.GetValue(Rules) is null) result.AddError("--rules is missing: the folder of the rule set.");
            if (!inProcess && result.GetValue(Features) is not null) result.AddError("--features are computed in process only; leave out --through.");
            if (result.GetValue(Limit) is < 1) result.AddError("--limit is at least 1.");
        });
        command.SetAction(async (parsed, ct) =>
        {
            var summary = await WithProgress(progress => Execute(parsed, progress, ct));
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(summary, JsonSerializerOptions.Web));
            else Print(summary);
        });
        return command;
    }

    private static async Task<ReplaySummary> Execute(ParseResult parsed, IProgress<double> progress, CancellationToken ct)
    {
        var options = new ReplayOptions(
            parsed.GetRequiredValue(History), parsed.GetValue(Rules) ?? "", parsed.GetValue(Labels), parsed.GetValue(Scores), parsed.GetValue(Features),
            parsed.GetValue(Columns) ?? DefaultColumns(parsed), parsed.GetValue(Limit) ?? long.MaxValue, parsed.GetValue(Evaluate));
        if (parsed.GetValue(Through) is not { } through) return await ReplayRun.Execute(options, progress, ct);
        var frauds = options.Labels is null ? new HashSet<long>() : HistoryFile.ReadFrauds(options.Labels);
        using var service = Service(through, new HistoryMessages(parsed.GetValue(Run) ?? NewRun()), new LabelQueue(frauds));
        return await ServiceReplayRun.Execute(options, frauds, service, progress, ct);
    }

    private static IServiceReplay Service(string through, HistoryMessages messages, LabelQueue labels) => through == "http"
        ? new HttpReplay(ApiAccess.FromEnvironment().Open(Patience), messages, labels)
        : new KafkaReplay(Settings.FromEnvironment().Kafka ?? throw new SettingException("PAYMENTGUARD_KAFKA is not set: host:port of Kafka."), messages, labels);

    private static string? DefaultColumns(ParseResult parsed) =>
        parsed.GetValue(Features) is null ? null : Path.Combine(Repository.Root, "perf", "detection", "features.yaml");

    private static async Task<ReplaySummary> WithProgress(Func<IProgress<double>, Task<ReplaySummary>> replay)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask("Payments replayed", maxValue: 1);
                var summary = await replay(new Progress<double>(share => bar.Value = share));
                bar.Value = bar.MaxValue;
                return summary;
            });
    }

    private static void Print(ReplaySummary summary)
    {
        var culture = CultureInfo.InvariantCulture;
        Console.WriteLine(string.Create(culture, $"payments   {summary.Payments:N0} in {summary.Elapsed.TotalSeconds:F1} s, {summary.PerSecond:N0} a second"));
        if (summary.PerSecondAndCore is { } rate) Console.WriteLine(string.Create(culture, $"           {rate:N0} a second and core"));
        foreach (var (decision, count) in summary.Decisions)
            Console.WriteLine(string.Create(culture, $"{decision.ToString().ToLowerInvariant(),-10} {count:N0}"));
        if (summary.Frauds > 0) Console.WriteLine(string.Create(culture, $"frauds     {summary.Frauds:N0} known, {summary.FraudsStopped:N0} of them not approved"));
        if (summary.Quality is { } quality)
            Console.WriteLine(string.Create(culture, $"detection  AUC {quality.AucRoc:F3}, average precision {quality.AveragePrecision:F3}, card precision@100 {quality.CardPrecision:F3} over {quality.Payments:N0} payments with {quality.Frauds:N0} frauds"));
    }

    private static string NewRun() => $"replay-{Guid.NewGuid().ToString("N")[..8]}";
}
