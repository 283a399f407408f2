using System.Diagnostics;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Events;
using PaymentGuard.Rules.Replay;

namespace PaymentGuard.Load;

/// <param name="Rounds">How often floor and service take turns, so that what drifts meanwhile hits both.</param>
/// <param name="Round">Length of each turn.</param>
/// <param name="Connections">Of the closed loop.</param>
/// <param name="KafkaEvents">How many events one drain takes.</param>
internal sealed record PerfOptions(int Rounds, TimeSpan Round, int Connections, int KafkaEvents);

/// <summary>Measures floor and service on the same servers, in one run, and prints the figures of perf/README.md.</summary>
internal sealed class PerfRun(PerfOptions options, string folder)
{
    private const int OpenLoopConnections = 256;

    /// <summary>Events that a process takes before its rate counts: by then its code is compiled.</summary>
    private const int KafkaWarmUp = 40_000;
    private const string FloorTopic = "floor.events";

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(12), SettlePatience = TimeSpan.FromSeconds(30);

    private readonly string probes = Directory.CreateDirectory(Path.Combine(folder, "probes")).FullName;
    private readonly PaymentSource payments = new($"perf-{Guid.NewGuid().ToString("N")[..8]}", TimeProvider.System);

    public async Task Execute(CancellationToken ct)
    {
        UseProbe();
        RuleGenerator.Write(Path.Combine(folder, "rules"));
        Environment.SetEnvironmentVariable("PAYMENTGUARD_RULES", Path.Combine(folder, "rules"));
        var setup = new LocalSetup(Path.Combine(folder, "run"), TimeProvider.System, Console.WriteLine);
        var floor = (FloorServer?)null;
        try
        {
            var settings = await setup.Up(ct);
            floor = new FloorServer(Path.Combine(folder, "floor"), settings["PAYMENTGUARD_REDIS"]);
            await floor.Start(ct);
            await Measure(setup, settings, floor);
        }
        finally
        {
            if (floor is not null) await floor.Remove();
            await setup.Down(clean: true);
        }
    }

    private async Task Measure(LocalSetup setup, IReadOnlyDictionary<string, string> settings, FloorServer floor)
    {
        Task<HttpConnection> OpenFloor() => HttpConnection.Open(floor.Url, null, payments);
        Task<HttpConnection> OpenService() => HttpConnection.Open(new Uri(settings["PAYMENTGUARD_API"]), settings["PAYMENTGUARD_TOKEN"], payments);

        await HttpLoad.Closed(OpenFloor, options.Connections, WarmUp);
        await HttpLoad.Closed(OpenService, options.Connections, WarmUp);
        var half = await Closed(setup, floor, OpenFloor, OpenService) / 2;
        await Open(setup, half, OpenFloor, OpenService);
        await OneByOne(settings, OpenService);
        Print("memory", $"{Footprint.ResidentBytes(Api(setup).Process.Id!.Value) / 1e6:N0} MB resident");
        await FirstAnswer(setup, settings, OpenService);
        await Kafka(setup, settings);
        await Replay();
    }

    /// <summary>Takes turns; returns the floor's median rate.</summary>
    private async Task<double> Closed(LocalSetup setup, FloorServer floor, Func<Task<HttpConnection>> openFloor, Func<Task<HttpConnection>> openService)
    {
        var floors = new List<double>();
        var ratios = new List<double>();
        for (var round = 1; round <= options.Rounds; round++)
        {
            var (atFloor, floorCost) = await WithCost([floor], () => HttpLoad.Closed(openFloor, options.Connections, options.Round));
            Print($"floor, {options.Connections} connections", $"{atFloor}\n{floorCost}");
            var (atService, serviceCost) = await WithCost(setup.Servers, () => HttpLoad.Closed(openService, options.Connections, options.Round));
            Print($"service, {options.Connections} connections", $"{atService}\n{serviceCost}");
            await Settle(setup);
            floors.Add(atFloor.PerSecond);
            ratios.Add(atService.PerSecond / atFloor.PerSecond);
        }

        Print("service / floor", $"{Median(ratios):F2}   ({string.Join(", ", ratios.Select(ratio => $"{ratio:F2}"))})");
        return Median(floors);
    }

    private async Task Open(LocalSetup setup, double perSecond, Func<Task<HttpConnection>> openFloor, Func<Task<HttpConnection>> openService)
    {
        var duration = options.Round * 2;
        Print($"floor, open loop at {perSecond:N0}/s", $"{await HttpLoad.Open(openFloor, OpenLoopConnections, perSecond, duration)}");
        Print($"service, open loop at {perSecond:N0}/s", $"{await HttpLoad.Open(openService, OpenLoopConnections, perSecond, duration)}");
        await Settle(setup);
    }

    /// <summary>One payment at a time: latency without queues, and what a single decision asks of Redis.</summary>
    private async Task OneByOne(IReadOnlyDictionary<string, string> settings, Func<Task<HttpConnection>> open)
    {
        var before = await RedisCounts.Take(settings["PAYMENTGUARD_REDIS"]);
        var result = await HttpLoad.Closed(open, 1, options.Round);
        var after = await RedisCounts.Take(settings["PAYMENTGUARD_REDIS"]);
        Print("service, 1 connection", $"{result}");
        Print("Redis per decision", $"{after.PerDecision(before, result.Answered)}; {(after.Reads - before.Reads) / (double)result.Answered:F2} packets");
    }

    private async Task FirstAnswer(LocalSetup setup, IReadOnlyDictionary<string, string> settings, Func<Task<HttpConnection>> open)
    {
        await Api(setup).Stop();
        var api = new ApiProcess(Api(setup).Folder, settings);
        var started = Stopwatch.GetTimestamp();
        await api.Start();
        using var connection = await open();
        var reply = await connection.Post();
        Print("start to first answer", $"{Stopwatch.GetElapsedTime(started).TotalSeconds:F2} s (status {reply.Status})");
    }

    private async Task Kafka(LocalSetup setup, IReadOnlyDictionary<string, string> settings)
    {
        var brokers = settings["PAYMENTGUARD_KAFKA"];
        var ratios = new List<double>();
        for (var round = 1; round <= Math.Max(1, options.Rounds / 2); round++)
        {
            await Api(setup).Stop();
            KafkaLoad.Fill(brokers, FloorTopic, payments, KafkaWarmUp + options.KafkaEvents);
            KafkaLoad.Fill(brokers, KafkaTopics.Events, payments, KafkaWarmUp + options.KafkaEvents);
            var bare = new FloorServer(Path.Combine(folder, "floor-kafka"), settings["PAYMENTGUARD_REDIS"], (brokers, FloorTopic));
            await bare.Start();
            var atFloor = await KafkaLoad.DrainRate(brokers, FloorTopic, FloorServer.Group, KafkaWarmUp);
            await bare.Kill();
            await new ApiProcess(Api(setup).Folder, settings).Start();
            var atService = await KafkaLoad.DrainRate(brokers, KafkaTopics.Events, KafkaClients.ConsumerGroup, KafkaWarmUp);
            ratios.Add(atService / atFloor);
            Print("Kafka", $"bare consumer {atFloor:N0}/s, service {atService:N0}/s, ratio {atService / atFloor:F2}");
        }

        Print("Kafka, service / bare consumer", $"{Median(ratios):F2}");
    }

    /// <summary>The whole published history through the rules for it, in process, scores and features written.</summary>
    private async Task Replay()
    {
        if (Repository.Shared("data/handbook-transactions.csv.gz") is not { } history)
        {
            Print("replay", "skipped: shared/data/handbook-transactions.csv.gz is not there");
            return;
        }

        var detection = Path.Combine(Repository.Root, "perf", "detection");
        var options = new ReplayOptions(
            history, Path.Combine(detection, "rules"), Repository.Shared("data/handbook-labels-visible.csv.gz"),
            Path.Combine(folder, "scores.csv"), Path.Combine(folder, "features.csv"), Path.Combine(detection, "features.yaml"));
        var summary = await ReplayRun.Execute(options, new Progress<double>(), CancellationToken.None);
        Print("replay", $"{summary.PerSecond:N0} payments/s, {summary.PerSecondAndCore:N0} a second and core");
    }

    /// <summary>Runs the load and tells what each process used for one decision.</summary>
    private async Task<(LoadResult Result, string Cost)> WithCost(IEnumerable<LocalServer> servers, Func<Task<LoadResult>> load)
    {
        var processes = servers.Select(server => (server.Name, Id: server.Process.Id!.Value)).Append((Name: "load", Id: Environment.ProcessId)).ToList();
        var before = processes.Select(process => Footprint.Of(process.Id, probes)).ToList();
        var result = await load();
        var lines = processes.Zip(before, (process, earlier) =>
        {
            var used = Footprint.Of(process.Id, probes) - earlier;
            var allocated = used.AllocatedBytes > 0 ? $" and {used.AllocatedBytes / (double)result.Answered:N0} B allocated" : "";
            return $"{process.Name} {used.Cpu.TotalMicroseconds / result.Answered:N0} µs{allocated}";
        });
        return (result, "    each: " + string.Join(", ", lines));
    }

    /// <summary>Waits, for a bounded time, until the service has published what it decided, so that the floor's turn is not disturbed.</summary>
    private async Task Settle(LocalSetup setup)
    {
        var id = Api(setup).Process.Id!.Value;
        var look = TimeSpan.FromMilliseconds(500);
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < SettlePatience;)
        {
            var before = Footprint.Of(id, probes).Cpu;
            await Task.Delay(look);
            if (Footprint.Of(id, probes).Cpu - before < look / 10) return;
        }

        Print("note", $"the service was still busy {SettlePatience.TotalSeconds:N0} s after its turn");
    }

    private void UseProbe()
    {
        var probe = typeof(PerfRun).Assembly.Location
            .Replace("/perf/load/", "/perf/probe/", StringComparison.Ordinal)
            .Replace("PaymentGuard.Load.dll", "PaymentGuard.Probe.dll", StringComparison.Ordinal);
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", probe);
        Environment.SetEnvironmentVariable("PAYMENTGUARD_PROBE", probes);
    }

    private static LocalServer Api(LocalSetup setup) => setup.Servers.Single(server => server is ApiProcess);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Print(string what, string figures) => Console.WriteLine($"{what,-34} {figures}");
}
