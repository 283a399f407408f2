using System.Globalization;
using System.IO.Compression;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Domain.Assessments;
using PaymentGuard.Rules.Replay;

namespace PaymentGuard.Tests.Rules.Replay;

public sealed class ReplayRunTests : IDisposable
{
    private const string Header = "tx_id,tx_time,customer_id,terminal_id,amount";

    private static readonly string Columns = Path.Combine(Repository.Root, "perf", "detection", "features.yaml");
    private static readonly DateTimeOffset Begin = DateTimeOffset.Parse("2018-04-01T00:00:00Z", CultureInfo.InvariantCulture);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("paymentguard-replay-");

    public void Dispose() => folder.Delete(recursive: true);

    /// <summary>Sixty days at two customers and two terminals, with many equal seconds, against a model that counts row by row.</summary>
    [Fact]
    public async Task Execute_GeneratedHistory_GivesTheFeaturesOfANaiveModel()
    {
        var random = new Random(7);
        var seconds = 0L;
        var payments = Enumerable.Range(0, 2_000).Select(number => new HistoricPayment(
            number,
            // Steps of whole days and hours put payments exactly on the windows' ends.
            Begin.AddSeconds(seconds += random.Next(4) switch { 0 => 0, 1 => 3_600, 2 => random.Next(5_000), _ => number % 50 == 0 ? 86_400 : 1 }),
            $"{random.Next(2)}", $"{random.Next(2)}", random.Next(20_000))).ToList();
        var frauds = payments.Where(_ => random.Next(5) == 0).Select(payment => payment.Number).ToHashSet();

        var rows = await Features(payments, frauds);

        for (var row = 0; row < payments.Count; row++) Assert.Equal(NaiveFeatures(payments, row, frauds), rows[row], AreEqual);
    }

    /// <summary>Of the published history, the payments of the customers and terminals that the examples are about.</summary>
    [Fact]
    public async Task Execute_PublishedHistory_GivesTheExampleFeatures()
    {
        var example = Rows(Shared.File("data/handbook-features-example.csv.gz")).Select(line => line.Split(',')).ToList();
        var (customers, terminals) = (example.Select(row => row[3]).ToHashSet(), example.Select(row => row[4]).ToHashSet());
        var payments = Rows(Shared.File("data/handbook-transactions.csv.gz"))
            .Where(line => line.Split(',') is var row && (customers.Contains(row[2]) || terminals.Contains(row[3])))
            .TakeWhile(line => string.CompareOrdinal(line.Split(',')[1], "2018-06-22") < 0);
        File.WriteAllLines(InFolder("history.csv"), payments.Prepend(Header));

        var options = new ReplayOptions(
            InFolder("history.csv"), WriteRules(), Shared.File("data/handbook-labels-visible.csv.gz"), Features: InFolder("features.csv"), FeatureColumns: Columns);
        await ReplayRun.Execute(options, new Progress<double>(), CancellationToken.None);

        var expected = example.ToDictionary(row => row[1], row => row[6..]);
        foreach (var line in File.ReadLines(InFolder("features.csv")))
            if (line.Split(',') is var row && expected.Remove(row[0], out var features)) Assert.Equal(features, row[1..]);
        Assert.Empty(expected);
    }

    [Fact]
    public async Task Execute_LabelOfTheSameSecond_IsKnownToThePayment()
    {
        HistoricPayment[] payments = [At(0, "A", "T"), At(7 * 86_400 - 1, "B", "T"), At(7 * 86_400, "B", "T")];
        var rows = await Features(payments, new HashSet<long> { 0 });
        Assert.Equal([0, 0, 1], rows.Select(row => row[12]));   // t_fraud_1d
    }

    [Fact]
    public async Task Execute_TwoPaymentsOfOneSecond_TheFirstDoesNotSeeTheSecond()
    {
        var rows = await Features([At(0, "A", "T"), At(0, "A", "T") with { Number = 1 }], new HashSet<long>());
        Assert.Equal([1, 2], rows.Select(row => row[2]));       // c_count_1d
    }

    [Fact]
    public async Task Execute_Scores_OneFiniteScoreForEveryPayment()
    {
        var summary = await Run([At(0, "A", "T"), At(1, "A", "T") with { AmountMinor = 25_000 }], new HashSet<long> { 1 });
        Assert.Equal(["tx_id,score", "0,0", "1,1005"], File.ReadLines(InFolder("scores.csv")));
        Assert.Equal((2, 1, 1), (summary.Payments, summary.Frauds, summary.FraudsStopped));
        Assert.Equal(1, summary.Decisions[Decision.Challenge]);
    }

    [Fact]
    public async Task Execute_RulesThatDoNotCompile_TellsWhere()
    {
        File.WriteAllText(Path.Combine(WriteRules(), "broken.yaml"), "id: broken\naction: review\nwhen: amuont > 5 EUR\nmode: live\n");
        var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => Run([At(0, "A", "T")], new HashSet<long>()));
        Assert.Contains("broken.yaml:3:", refusal.Message);
    }

    [Fact]
    public async Task Execute_ScoresCannotBeWritten_EndsWithThatFailure()
    {
        var options = new ReplayOptions(WriteHistory([At(0, "A", "T")]), WriteRules(), Scores: Path.Combine(folder.FullName, "nowhere", "scores.csv"));
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => ReplayRun.Execute(options, new Progress<double>(), CancellationToken.None));
    }

    private static HistoricPayment At(int second, string customer, string terminal) => new(second, Begin.AddSeconds(second), customer, terminal, 1_000);

    private static bool AreEqual(double expected, double actual) => Math.Abs(expected - actual) < 1e-8;

    private async Task<List<double[]>> Features(IReadOnlyList<HistoricPayment> payments, HashSet<long> frauds)
    {
        await Run(payments, frauds);
        return [.. File.ReadLines(InFolder("features.csv")).Skip(1)
            .Select(line => line.Split(',').Skip(1).Select(field => double.Parse(field, CultureInfo.InvariantCulture)).ToArray())];
    }

    private async Task<ReplaySummary> Run(IReadOnlyList<HistoricPayment> payments, HashSet<long> frauds)
    {
        File.WriteAllLines(InFolder("labels.csv"), ["tx_id", .. frauds.Select(number => $"{number}")]);
        var options = new ReplayOptions(WriteHistory(payments), WriteRules(), InFolder("labels.csv"), InFolder("scores.csv"), InFolder("features.csv"), Columns);
        return await ReplayRun.Execute(options, new Progress<double>(), CancellationToken.None);
    }

    private string WriteHistory(IEnumerable<HistoricPayment> payments)
    {
        File.WriteAllLines(InFolder("history.csv"), payments.Select(payment => string.Create(
            CultureInfo.InvariantCulture,
            $"{payment.Number},{payment.Time:yyyy-MM-ddTHH:mm:ssZ},{payment.Customer},{payment.Terminal},{payment.AmountMinor / 100m:F2}")).Prepend(Header));
        return InFolder("history.csv");
    }

    /// <summary>One rule that gives points, one that decides.</summary>
    private string WriteRules()
    {
        var rules = Directory.CreateDirectory(InFolder("rules")).FullName;
        File.WriteAllText(Path.Combine(rules, "points.yaml"), "id: points\naction: score +5\nwhen: amount > 200 EUR\nmode: live\n");
        File.WriteAllText(Path.Combine(rules, "decides.yaml"), "id: decides\naction: challenge\nwhen: amount > 220 EUR\nmode: live\n");
        return rules;
    }

    private string InFolder(string name) => Path.Combine(folder.FullName, name);

    private static IEnumerable<string> Rows(string gzipped)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(gzipped), CompressionMode.Decompress));
        reader.ReadLine();
        while (reader.ReadLine() is { } line) yield return line;
    }

    private static double[] NaiveFeatures(List<HistoricPayment> payments, int row, HashSet<long> frauds)
    {
        var own = payments[row];
        var features = new List<double> { own.Time.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 1 : 0, own.Time.Hour <= 6 ? 1 : 0 };
        foreach (var days in (int[])[1, 7, 30])
        {
            var window = payments.Take(row + 1).Where(other => other.Customer == own.Customer && IsWithin(other.Time, own.Time, days)).ToList();
            var sum = window.Sum(other => other.AmountMinor) / 100d;
            features.AddRange([window.Count, sum, sum / window.Count]);
        }

        foreach (var days in (int[])[1, 7, 30])
        {
            var window = payments.Take(row).Where(other => other.Terminal == own.Terminal && IsWithin(other.Time, own.Time.AddDays(-7), days)).ToList();
            var known = window.Count(other => frauds.Contains(other.Number));
            features.AddRange([window.Count, known, window.Count == 0 ? 0 : (double)known / window.Count]);
        }

        return [.. features];
    }

    private static bool IsWithin(DateTimeOffset time, DateTimeOffset end, int days) => time <= end && time > end.AddDays(-days);
}
