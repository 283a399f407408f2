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
run.SetAction((parsed, ct) => InFolder(folder => new PerfRun(
    new PerfOptions(parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(connections), parsed.GetValue(events)), folder).Execute(ct)));

var answers = new Option<double>("--rate") { Description = "Answers a second of the open loop", DefaultValueFactory = _ => 1_000 };
var challenges = new Command("challenges", "Starts private servers and measures answers to challenges") { seconds, connections, answers };
challenges.SetAction((parsed, ct) => InFolder(folder => new ChallengeRun(
    TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(connections), parsed.GetValue(answers), folder).Execute(ct)));

return await CommandLine.Run(args, new Command("load", "Load on PaymentGuard, for measuring") { http, run, challenges }, Console.Error);

static async Task InFolder(Func<string, Task> measure)
{
    var folder = Directory.CreateTempSubdirectory("paymentguard-perf-");
    try { await measure(folder.FullName); }
    finally { folder.Delete(recursive: true); }
}
