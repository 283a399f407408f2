using Spectre.Console;

namespace PaymentGuard.Cli.Simulation;

/// <summary>What became of simulated traffic, all of it measured in that run.</summary>
/// <param name="Undecided">Payments without a decision; 0 in a healthy run.</param>
/// <param name="Published">Decisions read from Kafka's topic of decisions: as many as payments in a healthy run.</param>
/// <param name="StepUp">Null: it was left out.</param>
internal sealed record SimulationReport(
    int Payments, double Seconds, int ByHttp, int ByKafka, int Published, int Undecided, int Degraded, IReadOnlyDictionary<string, int> Decisions,
    IReadOnlyList<SimulationReport.AttackLine> Attacks, SimulationReport.HonestLine Honest, SimulationReport.LatencyLine HttpLatencyMs,
    IReadOnlyList<SimulationReport.Example> Examples, SimulationReport.StepUpLine? StepUp)
{
    /// <param name="Caught">Attacks of which at least one payment was not approved.</param>
    /// <param name="Stopped">Payments of these attacks that were not approved.</param>
    public sealed record AttackLine(string Kind, int Planted, int Caught, int Payments, int Stopped);

    /// <param name="Stopped">Honest payments that were not approved.</param>
    public sealed record HonestLine(int Payments, int Stopped);

    /// <param name="Max">As the other ones in milliseconds, seen by the client.</param>
    public sealed record LatencyLine(double P50, double P90, double P99, double Max);

    /// <summary>What became of challenged payments that went by HTTP.</summary>
    /// <param name="Apps">Shoppers with an authenticator app.</param>
    /// <param name="Honest">Honest payments that were answered for, of which the proof of <paramref name="Passed"/> was redeemed.</param>
    /// <param name="NotTried">Honest payments of shoppers without an app, or whose code of these 30 seconds was used already.</param>
    /// <param name="AttacksPassed">Of the attackers' payments; 0 but by rare luck.</param>
    /// <param name="Locked">Accounts whose factors the guesses locked.</param>
    /// <param name="Frozen">Attacked accounts that a rule froze.</param>
    public sealed record StepUpLine(
        int Apps, int Challenged, int Honest, int Passed, int NotTried, int Attacks, int AttacksPassed, int GuessesRefused, int Locked, int Frozen);

    public sealed record Example(string PaymentId, string Story, string Decision, int Score, IReadOnlyList<Answer.Reason> Reasons);

    private const int ExamplesMax = 5;

    public static SimulationReport Of(Traffic traffic, TrafficSender sender, TimeSpan duration)
    {
        var answers = new Dictionary<string, Answer>(sender.Published);
        foreach (var (payment, answer) in sender.Answered) answers[payment] = answer;
        var fraudulent = traffic.Attacks.SelectMany(attack => attack.Payments).ToHashSet();
        var honest = answers.Values.Where(answer => !fraudulent.Contains(answer.PaymentId)).ToList();
        return new SimulationReport(
            traffic.Payments, duration.TotalSeconds, sender.Answered.Count, answers.Count - sender.Answered.Count, sender.Published.Count,
            traffic.Payments - answers.Count, answers.Values.Count(answer => answer.Degraded.Count > 0),
            answers.Values.CountBy(answer => answer.Decision).OrderByDescending(decision => decision.Value).ToDictionary(),
            [.. traffic.Attacks.GroupBy(attack => attack.Kind, (kind, attacks) => Line(kind, [.. attacks], answers))],
            new HonestLine(honest.Count, honest.Count(answer => answer.IsStopped)),
            Latency([.. sender.Latencies.Select(latency => latency.TotalMilliseconds).Order()]),
            [.. Pick(traffic, answers)], sender.StepUpLine);
    }

    /// <summary>Prints it for people.</summary>
    public void Print(IAnsiConsole console)
    {
        console.MarkupLineInterpolated($"[bold]{Payments} payments[/] decided in {Seconds:0.0} s, {ByHttp} by HTTP and {ByKafka} by Kafka; {Published} decisions published on Kafka");
        if (Undecided > 0) console.MarkupLineInterpolated($"[red]{Undecided} payments have no decision[/]; see .run/api/log");
        if (Degraded > 0) console.MarkupLineInterpolated($"{Degraded} decisions lacked a signal (degraded)");
        console.WriteLine("Decisions:    " + string.Join("   ", Decisions.Select(decision => $"{decision.Key} {decision.Value}")));
        console.WriteLine($"HTTP latency: p50 {HttpLatencyMs.P50:0.0} ms   p90 {HttpLatencyMs.P90:0.0} ms   p99 {HttpLatencyMs.P99:0.0} ms   max {HttpLatencyMs.Max:0.0} ms");
        console.Write(AttackTable());
        console.WriteLine($"Honest payments: {Honest.Payments}, of these not approved (false positives): {Honest.Stopped} ({(Honest.Payments == 0 ? 0 : 100.0 * Honest.Stopped / Honest.Payments):0.00} %)");
        console.WriteLine(StepUp is null ? "Step-up: left out, no key to sign a token for it (PAYMENTGUARD_SIGNING_KEY)" : Text(StepUp));
        console.WriteLine();
        console.WriteLine("Five decisions and their reasons:");
        foreach (var example in Examples) console.WriteLine(Text(example));
    }

    private Table AttackTable()
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("Planted attack", "Planted", "Caught", "Its payments", "Stopped");
        foreach (var line in Attacks) table.AddRow(line.Kind, $"{line.Planted}", $"{line.Caught}", $"{line.Payments}", $"{line.Stopped}");
        return table.AddRow("all", $"{Attacks.Sum(line => line.Planted)}", $"{Attacks.Sum(line => line.Caught)}", $"{Attacks.Sum(line => line.Payments)}", $"{Attacks.Sum(line => line.Stopped)}");
    }

    private static string Text(StepUpLine line) => $"""
        Step-up: {line.Challenged} challenged payments by HTTP; {line.Apps} shoppers have an authenticator app
          honest payers: {line.Passed} of {line.Honest} passed, proof redeemed{(line.NotTried == 0 ? "" : $"; {line.NotTried} had no unused code")}
          attackers:     {line.AttacksPassed} of {line.Attacks} passed, {line.GuessesRefused} guesses refused; {line.Locked} accounts locked{(line.Frozen == 0 ? "" : $", {line.Frozen} frozen by a rule")}
        """;

    private static string Text(Example example)
    {
        var reasons = string.Join(", ", example.Reasons.Select(reason => $"{reason.Code} ({reason.Rule})"));
        return $"  {example.PaymentId,-24} {example.Story,-24} {example.Decision,-9} score {example.Score,3}   {(reasons.Length > 0 ? reasons : "no rule objected")}";
    }

    private static AttackLine Line(string kind, IReadOnlyList<PlantedAttack> attacks, Dictionary<string, Answer> answers)
    {
        bool IsStopped(string payment) => answers.TryGetValue(payment, out var answer) && answer.IsStopped;
        return new AttackLine(
            kind, attacks.Count, attacks.Count(attack => attack.Payments.Any(IsStopped)),
            attacks.Sum(attack => attack.Payments.Count), attacks.Sum(attack => attack.Payments.Count(IsStopped)));
    }

    /// <summary>The last payment of attacks of different kinds, and one honest payment.</summary>
    private static IEnumerable<Example> Pick(Traffic traffic, Dictionary<string, Answer> answers)
    {
        var kinds = from story in traffic.LastDay
                    where story.Attack is not null
                    group story by story.Attack!.Kind into kind
                    from answer in kind.SelectMany(story => story.Attack!.Payments).Reverse().Where(answers.ContainsKey).Select(payment => answers[payment]).OrderByDescending(answer => answer.IsStopped).Take(1)
                    select (kind.Key, answer);
        var honest = from story in traffic.LastDay
                     where story.Attack is null
                     from step in story.Steps
                     where step.IsAttempt && answers.ContainsKey(step.Data.Payment.Id)
                     select ("honest", answers[step.Data.Payment.Id]);
        return kinds.Take(ExamplesMax - 1).Concat(honest.Take(1))
            .Select(entry => new Example(entry.Item2.PaymentId, entry.Item1, entry.Item2.Decision, entry.Item2.Score, entry.Item2.Reasons));
    }

    private static LatencyLine Latency(double[] sorted)
    {
        double At(double share) => sorted.Length == 0 ? 0 : Math.Round(sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))], 2);
        return new LatencyLine(At(0.5), At(0.9), At(0.99), At(1));
    }
}
