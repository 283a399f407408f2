using System.CommandLine;
using PaymentGuard.Cli;
using PaymentGuard.Load;

var url = new Argument<string>("URL") { Description = "Base address of the service or the floor" };
var token = new Option<string?>("--token") { Description = "Access token; default: PAYMENTGUARD_TOKEN" };
var connections = new Option<int>("--connections") { DefaultValueFactory = _ => 64 };
var rate = new Option<double?>("--rate") { Description = "Payments a second, whatever becomes of them; without it each connection waits for its answer" };
var seconds = new Option<double>("--seconds") { DefaultValueFactory = _ => 5 };

var http = new Command("http", "Posts distinct payments to URL/v1/assessments and prints rate and latencies") { url, token, connections, rate, seconds };
http.SetAction(async parsed =>
{
    var payments = new PaymentSource($"load-{Guid.NewGuid():N}"[..13], TimeProvider.System);
    var bearer = parsed.GetValue(token) ?? Environment.GetEnvironmentVariable("PAYMENTGUARD_TOKEN");
    var duration = TimeSpan.FromSeconds(parsed.GetValue(seconds));
    Task<HttpConnection> Open() => HttpConnection.Open(new Uri(parsed.GetValue(url)!), bearer, payments);
    Console.WriteLine(parsed.GetValue(rate) is { } perSecond
        ? await HttpLoad.Open(Open, parsed.GetValue(connections), perSecond, duration)
        : await HttpLoad.Closed(Open, parsed.GetValue(connections), duration));
});

var rounds = new Option<int>("--rounds") { Description = "How often floor and service take turns", DefaultValueFactory = _ => 5 };
var events = new Option<int>("--kafka-events") { Description = "Events that one drain of Kafka takes", DefaultValueFactory = _ => 50_000 };
var run = new Command("run", "Starts private servers, floor and service, measures them in turns and prints the figures") { rounds, seconds, connections, events };
run.SetAction(async (parsed, ct) =>
{
    var folder = Directory.CreateTempSubdirectory("paymentguard-perf-");
    try
    {
        var options = new PerfOptions(
            parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(connections), parsed.GetValue(events));
        await new PerfRun(options, folder.FullName).Execute(ct);
    }
    finally
    {
        folder.Delete(recursive: true);
    }
});

return await CommandLine.Run(args, new Command("load", "Load on PaymentGuard, for measuring") { http, run }, Console.Error);
