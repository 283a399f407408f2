using System.Diagnostics;
using System.Threading.Channels;
using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Rules;

namespace PaymentGuard.Rules.Replay;

/// <summary>What to replay, and what to write.</summary>
/// <param name="Labels">File of the frauds; null: none is known.</param>
/// <param name="Limit">Most payments to replay.</param>
/// <param name="FeatureColumns">File that <see cref="FeatureFile"/> reads; needed for <paramref name="Features"/>.</param>
/// <param name="EvaluateFrom">First day of the week to measure; null: nothing is measured.</param>
internal sealed record ReplayOptions(
    string History,
    string RulesFolder,
    string? Labels = null,
    string? Scores = null,
    string? Features = null,
    string? FeatureColumns = null,
    long Limit = long.MaxValue,
    DateOnly? EvaluateFrom = null);

/// <param name="FraudsStopped">Frauds that were not approved.</param>
/// <param name="Cpu">Time on a processor, of all threads; null when the work was done elsewhere.</param>
internal sealed record ReplaySummary(
    long Payments,
    IReadOnlyDictionary<Decision, long> Decisions,
    long Frauds,
    long FraudsStopped,
    TimeSpan Elapsed,
    TimeSpan? Cpu,
    DetectionQuality? Quality)
{
    public double PerSecond => Payments / Elapsed.TotalSeconds;

    public double? PerSecondAndCore => Payments / Cpu?.TotalSeconds;
}

/// <summary>Replays a history in process, with the rules of a folder, and writes scores and features.</summary>
internal sealed class ReplayRun
{
    private const int BatchesAhead = 64, PointsPerDecision = 1_000;

    private readonly ReplayOptions options;
    private readonly IReadOnlyList<FeatureColumn> columns;
    private readonly ReplayEngine engine;
    private readonly FeaturePrograms programs;
    private readonly ReplayTally tally;

    private ReplayRun(ReplayOptions options)
    {
        this.options = options;
        var frauds = options.Labels is null ? new HashSet<long>() : HistoryFile.ReadFrauds(options.Labels);
        var load = RuleFiles.Load(options.RulesFolder);
        if (load.RuleSet is null) throw new InvalidDataException(string.Join(Environment.NewLine, load.Diagnostics));
        columns = options.Features is null ? [] : FeatureFile.Read(options.FeatureColumns!, load.Scope);
        var rules = load.RuleSet.ForReplay([.. columns.Select(column => column.Expression)]);
        engine = new ReplayEngine(rules, new ReferenceData(IpCountries.None, load.Rates), new LabelQueue(frauds));
        programs = new FeaturePrograms(columns, rules.Layout);
        tally = new ReplayTally(frauds, options.EvaluateFrom);
    }

    /// <param name="progress">Is told the share that is done, 0 to 1.</param>
    /// <exception cref="InvalidDataException">A file cannot be used; the message names it and the place.</exception>
    public static async Task<ReplaySummary> Execute(ReplayOptions options, IProgress<double> progress, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        var cpu = Environment.CpuUsage.TotalTime;
        var run = new ReplayRun(options);
        await run.AssessAll(progress, ct);
        return run.tally.Summary(watch.Elapsed, Environment.CpuUsage.TotalTime - cpu);
    }

    /// <summary>Higher is riskier: the rule set's points, and on top of them the decision, so that rules which decide and give no points rank as well.</summary>
    public static double ScoreOf(Decision decision, int points) => points + PointsPerDecision * Math.Max(0, decision - Decision.Approve);

    private async Task AssessAll(IProgress<double> progress, CancellationToken ct)
    {
        using var output = new ReplayOutput(options.Scores, options.Features, columns);
        var assessed = Channel.CreateBounded<ReplayedBatch>(BatchesAhead);
        var writing = Task.Run(() => WriteAll(assessed.Reader, output, ct), ct);
        try
        {
            await foreach (var batch in HistoryFile.ReadPayments(options.History, options.Limit, ct))
            {
                var handedOver = assessed.Writer.WriteAsync(Assess(batch.Payments), ct).AsTask();
                if (await Task.WhenAny(handedOver, writing) == writing) break;      // it failed: a full disk, and nobody would make room
                progress.Report(Math.Max(batch.ShareRead, (double)tally.Payments / options.Limit));
            }
        }
        finally
        {
            assessed.Writer.Complete();
        }

        await writing;
    }

    private ReplayedBatch Assess(HistoricPayment[] payments)
    {
        var batch = new ReplayedBatch(payments, new double[payments.Length], new double[payments.Length * columns.Count]);
        for (var row = 0; row < payments.Length; row++)
        {
            var outcome = engine.Assess(payments[row]);
            batch.Scores[row] = ScoreOf(outcome.Decision, outcome.Score);
            programs.Compute(engine.Signals, batch.Features.AsSpan(row * columns.Count, columns.Count));
            tally.Add(payments[row], outcome.Decision, batch.Scores[row]);
        }

        return batch;
    }

    private static async Task WriteAll(ChannelReader<ReplayedBatch> assessed, ReplayOutput output, CancellationToken ct)
    {
        await foreach (var batch in assessed.ReadAllAsync(ct)) output.Write(batch);
    }
}
