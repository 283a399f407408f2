using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using PaymentGuard.Cli.Simulation;
using PaymentGuard.Rules.Replay;

namespace PaymentGuard.Cli.Replay;

/// <summary>A way through a running service.</summary>
internal interface IServiceReplay : IDisposable
{
    /// <summary>Sends the next payments of a history, and the labels that become known meanwhile, and waits for the answers, in the order of the payments.</summary>
    Task<IReadOnlyList<Answer>> Send(HistoricPayment[] payments, CancellationToken ct);
}

/// <summary>
/// Sends a history to <c>POST /v1/assessments</c>. Payments that share neither customer nor terminal go at the same time; those that do
/// wait for one another, and a label for all before it, so that the service sees what the history says, in its order.
/// </summary>
internal sealed class HttpReplay(HttpClient service, HistoryMessages messages, LabelQueue labels) : IServiceReplay
{
    private const int AtOnce = 64, TriesMax = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public async Task<IReadOnlyList<Answer>> Send(HistoricPayment[] payments, CancellationToken ct)
    {
        var answers = new Answer[payments.Length];
        var start = 0;
        while (start < payments.Length)
        {
            foreach (var label in labels.KnownBy(payments[start].Time))
                (await Post("/v1/events", messages.LabelEvent(label), "application/cloudevents+json", ct)).Dispose();
            var end = EndOfWave(payments, start);
            await Task.WhenAll(Enumerable.Range(start, end - start).Select(async row => answers[row] = await Assess(payments[row], ct)));
            for (; start < end; start++) labels.Expect(payments[start]);
        }

        return answers;
    }

    public void Dispose() => service.Dispose();

    /// <summary>Where the payments end that can go together with the first.</summary>
    private int EndOfWave(HistoricPayment[] payments, int start)
    {
        var customers = new HashSet<string>();
        var terminals = new HashSet<string>();
        var end = start;
        while (end < payments.Length && end - start < AtOnce && !labels.AnyKnownBy(payments[end].Time)
               && customers.Add(payments[end].Customer) && terminals.Add(payments[end].Terminal)) end++;
        return end;
    }

    private async Task<Answer> Assess(HistoricPayment payment, CancellationToken ct)
    {
        using var response = await Post("/v1/assessments", messages.Attempt(payment), "application/json", ct);
        return (await response.Content.ReadFromJsonAsync<Answer>(JsonSerializerOptions.Web, ct))!;
    }

    /// <summary>Posts, again after a moment while the service asks for it.</summary>
    private async Task<HttpResponseMessage> Post(string path, byte[] body, string type, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
            var response = await service.PostAsync(path, content, ct);
            if (response.IsSuccessStatusCode) return response;
            var isBusy = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
            if (!isBusy || tries == TriesMax)
                throw new HttpRequestException($"POST {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(ct)}");
            await Task.Delay(response.Headers.RetryAfter?.Delta ?? Pause, ct);
        }
    }
}
