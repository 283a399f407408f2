using System.Diagnostics;
using System.Text.Json.Nodes;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>One request and what became of it.</summary>
/// <param name="Answer">Null when the connection gave none.</param>
internal sealed record Sent(JsonObject Body, Answer? Answer)
{
    public string PaymentId => Body["payment"]!["id"]!.GetValue<string>();
}

/// <summary>Sends requests at a steady rate, whether or not the earlier ones are answered, until it is stopped.</summary>
internal sealed class Traffic
{
    private readonly CancellationTokenSource end = new();
    private readonly Task<IReadOnlyList<Sent>> running;
    private int decided;

    private Traffic(Func<JsonObject> next, Func<JsonObject, Task<Answer?>> send, int perSecond) =>
        running = Task.Run(() => Run(next, send, perSecond));

    /// <summary>Payments by HTTP, to one Api after the other.</summary>
    public static Traffic ByHttp(IReadOnlyList<Checkout> apis, int perSecond, Func<JsonObject> next)
    {
        var turn = 0;
        return new Traffic(next, body => Ask(apis[turn++ % apis.Count], body), perSecond);
    }

    /// <summary>Anything else that is sent; it has no answer.</summary>
    public static Traffic Of(int perSecond, Func<JsonObject> next, Func<JsonObject, Task> send) =>
        new(next, async body => { await send(body); return null; }, perSecond);

    /// <summary>Waits until so many more decisions have come than now.</summary>
    public Task Decided(int more)
    {
        var target = Volatile.Read(ref decided) + more;
        return Eventually.Holds($"{target} payments are decided", () => Task.FromResult(Volatile.Read(ref decided) >= target), TimeSpan.FromSeconds(60));
    }

    /// <summary>Sends no more, waits for what is on its way, and tells all that was sent.</summary>
    public async Task<IReadOnlyList<Sent>> Stop()
    {
        await end.CancelAsync();
        return await running;
    }

    private async Task<IReadOnlyList<Sent>> Run(Func<JsonObject> next, Func<JsonObject, Task<Answer?>> send, int perSecond)
    {
        var sent = new List<Task<Sent>>();
        for (var clock = Stopwatch.StartNew(); !end.IsCancellationRequested;)
        {
            // After a stall it does not make up for what was not sent.
            sent.Add(SendOne(next(), send));
            var due = TimeSpan.FromSeconds((double)sent.Count / perSecond) - clock.Elapsed;
            if (due > TimeSpan.Zero) await Task.Delay(due, end.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
        return await Task.WhenAll(sent);
    }

    private async Task<Sent> SendOne(JsonObject body, Func<JsonObject, Task<Answer?>> send)
    {
        var sent = new Sent(body, await send(body));
        if (sent.Answer is { Status: 200 }) Interlocked.Increment(ref decided);
        return sent;
    }

    private static async Task<Answer?> Ask(Checkout api, JsonObject body)
    {
        try { return await api.Assess(body); }
        catch (Exception broken) when (broken is HttpRequestException or IOException or OperationCanceledException) { return null; }
    }
}
