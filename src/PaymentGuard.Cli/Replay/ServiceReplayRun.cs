using System.Diagnostics;
using PaymentGuard.Domain.Assessments;
using PaymentGuard.Rules.Replay;

namespace PaymentGuard.Cli.Replay;

/// <summary>Replays a history through a running service and writes its scores.</summary>
internal static class ServiceReplayRun
{
    /// <param name="progress">Is told the share that is done, 0 to 1.</param>
    /// <exception cref="InvalidDataException">A file cannot be used; the message names it and the place.</exception>
    public static async Task<ReplaySummary> Execute(
        ReplayOptions options, IReadOnlySet<long> frauds, IServiceReplay service, IProgress<double> progress, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        var tally = new ReplayTally(frauds, options.EvaluateFrom);
        using var output = new ReplayOutput(options.Scores, featuresFile: null, columns: []);
        await foreach (var batch in HistoryFile.ReadPayments(options.History, options.Limit, ct))
        {
            var answers = await service.Send(batch.Payments, ct);
            var scores = new double[batch.Payments.Length];
            foreach (var (row, answer) in answers.Index())
            {
                var decision = Enum.Parse<Decision>(answer.Decision, ignoreCase: true);
                scores[row] = ReplayRun.ScoreOf(decision, answer.Score);
                tally.Add(batch.Payments[row], decision, scores[row]);
            }

            output.Write(new ReplayedBatch(batch.Payments, scores, []));
            progress.Report(Math.Max(batch.ShareRead, (double)tally.Payments / options.Limit));
        }

        return tally.Summary(watch.Elapsed, cpu: null);
    }
}
