using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using PaymentGuard.Assessments;
using PaymentGuard.Events;

namespace PaymentGuard.Cli.Simulation;

/// <summary>
/// Sends stories to PaymentGuard as the platform does: every second story goes through Kafka, the others through HTTP. Steps of a story
/// keep their order; Kafka keeps it for what concerns one account.
/// </summary>
internal sealed class TrafficSender : IDisposable
{
    private const int HttpAtOnce = 8, KafkaAtOnce = 500, TriesMax = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly HttpClient http;
    private readonly EventProducer producer;
    private readonly DecisionReader published;
    private readonly ConcurrentDictionary<string, Answer> answered = new();
    private readonly ConcurrentBag<TimeSpan> latencies = [];
    private readonly string run;
    private readonly StepUp? stepUp;

    private TrafficSender(ApiAccess api, string bootstrap, string run, StepUp? stepUp, Action onDecision)
    {
        (this.run, this.stepUp) = (run, stepUp);
        http = api.Open(Patience);
        producer = new EventProducer(bootstrap, "paymentguard-simulate", NullLogger.Instance);
        published = new DecisionReader(bootstrap, _ => onDecision());
    }

    /// <summary>Answers given by HTTP, by payment id.</summary>
    public IReadOnlyDictionary<string, Answer> Answered => answered;

    /// <summary>Decisions read from Kafka, by payment id: of all payments, whichever way they came.</summary>
    public IReadOnlyDictionary<string, Answer> Published => published.Answers;

    /// <summary>How long each answer by HTTP took, as the client saw it.</summary>
    public IReadOnlyCollection<TimeSpan> Latencies => latencies;

    /// <summary>What became of challenges; null: step-up was left out.</summary>
    public SimulationReport.StepUpLine? StepUpLine => stepUp?.Line;

    /// <summary>Sends the traffic, history first, and tells what became of it.</summary>
    /// <param name="run">Names the source of its events.</param>
    /// <param name="pageToken">For <see cref="StepUp"/>, with its scopes; null: none can be made, and step-up is left out.</param>
    /// <param name="onDecision">Is called for each payment whose decision was published, from any thread.</param>
    public static async Task<SimulationReport> Simulate(
        Traffic traffic, ApiAccess api, string? pageToken, string bootstrap, string run, Action onDecision, CancellationToken ct)
    {
        KafkaLibrary.Use();
        await KafkaTopics.Ensure(bootstrap);
        using var page = pageToken is null ? null : (api with { Token = pageToken }).Open(Patience);
        var stepUp = page is null ? null : new StepUp(page, TimeProvider.System);
        if (stepUp is not null && !await stepUp.Enrol(traffic.Shoppers, ct)) stepUp = null;
        using var sender = new TrafficSender(api, bootstrap, run, stepUp, onDecision);
        var watch = Stopwatch.StartNew();
        await sender.Send(traffic.History, ct);
        await sender.Send(traffic.LastDay, ct);
        return SimulationReport.Of(traffic, sender, watch.Elapsed);
    }

    /// <summary>Sends all, and waits until every decision was read from Kafka.</summary>
    private async Task Send(IReadOnlyList<Story> stories, CancellationToken ct)
    {
        var throughKafka = stories.Where((_, index) => index % 2 == 0).SelectMany(story => story.Steps).OrderBy(step => step.Time).ToList();
        var throughHttp = stories.Where((_, index) => index % 2 == 1).OrderBy(story => story.Steps[0].Time);
        await Task.WhenAll(
            SendToKafka(throughKafka, ct),
            Parallel.ForEachAsync(throughHttp, new ParallelOptions { MaxDegreeOfParallelism = HttpAtOnce, CancellationToken = ct }, SendByHttp));
        await published.WaitFor([.. stories.SelectMany(story => story.Steps).Where(step => step.IsAttempt).Select(step => step.Data.Payment.Id)], ct);
    }

    public void Dispose()
    {
        published.Dispose();
        producer.Dispose();
        http.Dispose();
    }

    private async Task SendToKafka(List<Step> steps, CancellationToken ct)
    {
        foreach (var some in steps.Chunk(KafkaAtOnce))
        {
            ct.ThrowIfCancellationRequested();
            await producer.Send(KafkaTopics.Events, [.. some.Select(Message)]);
        }
    }

    private Message<byte[]?, byte[]> Message(Step step) => new() { Key = Encoding.UTF8.GetBytes(step.Data.Account.Id), Value = Event(step) };

    private async ValueTask SendByHttp(Story story, CancellationToken ct)
    {
        foreach (var step in story.Steps)
        {
            if (step.IsAttempt) await Assess(step, isFraud: story.Attack?.Payments.Contains(step.Data.Payment.Id) == true, ct);
            else (await Post(http, "/v1/events", Event(step), "application/cloudevents+json", ct)).Dispose();
        }
        if (stepUp is not null && story.Attack is not null) await stepUp.Look(story, ct);
    }

    private async Task Assess(Step step, bool isFraud, CancellationToken ct)
    {
        using var response = await Post(http, "/v1/assessments", PaymentJson.Write(step.Data), "application/json", ct, latencies);
        var answer = (await response.Content.ReadFromJsonAsync<Answer>(JsonSerializerOptions.Web, ct))!;
        answered[step.Data.Payment.Id] = answer;
        if (stepUp is not null && answer is { Decision: "challenge", Challenge: { } challenge }) await stepUp.Answer(step.Data, challenge, isFraud, ct);
    }

    /// <summary>Posts, again after a moment when the service asks for it, as any client has to.</summary>
    /// <param name="refusal">An answer that the caller expects besides success; null: none.</param>
    public static async Task<HttpResponseMessage> Post(
        HttpClient http, string path, byte[] body, string type, CancellationToken ct, ConcurrentBag<TimeSpan>? times = null, HttpStatusCode? refusal = null)
    {
        for (var tries = 1; ; tries++)
        {
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };
            var watch = Stopwatch.StartNew();
            var response = await http.PostAsync(path, content, ct);
            times?.Add(watch.Elapsed);
            if (response.IsSuccessStatusCode || response.StatusCode == refusal) return response;
            var isBusy = response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
            if (!isBusy || tries == TriesMax)
                throw new HttpRequestException($"POST {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(ct)}", inner: null, response.StatusCode);
            await Task.Delay(response.Headers.RetryAfter?.Delta ?? TimeSpan.FromMilliseconds(200), ct);
        }
    }

    /// <summary>The step as a CloudEvent; account events tell account and device, the others the attempt.</summary>
    private byte[] Event(Step step)
    {
        var data = JsonNode.Parse(PaymentJson.Write(step.Data))!.AsObject();
        if (EventType.Find(step.Type)!.Kind == EventKind.Activity)
        {
            foreach (var name in data.Select(member => member.Key).Where(name => name is not ("account" or "device")).ToList()) data.Remove(name);
        }
        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = $"{step.Type}/{step.Data.Account.Id}/{step.Data.Payment.Id}/{step.Time.ToUnixTimeMilliseconds()}",
            ["source"] = $"/simulation/{run}",
            ["type"] = step.Type,
            ["time"] = step.Time.ToString("O"),
            ["data"] = data,
        });
    }
}
