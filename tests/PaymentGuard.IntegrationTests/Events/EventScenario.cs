using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Events;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Events;

/// <summary>
/// An installation whose rules count what the velocity logs hold, one hit for each thing counted: what a further payment on a card is
/// told shows what earlier events left there.
/// </summary>
internal sealed class EventScenario : IAsyncDisposable
{
    public static readonly DateTimeOffset Time = new(2025, 3, 1, 10, 0, 0, TimeSpan.Zero);

    private static readonly Dictionary<string, string> Counted = new()
    {
        ["ATTEMPTS"] = "card.count(20d)", ["DECLINES"] = "card.declines(20d)", ["APPROVALS"] = "card.approvals(20d)",
        ["FRAUDS"] = "card.frauds(20d)", ["CHARGEBACKS"] = "card.chargebacks(20d)",
        ["SIGN_INS"] = "account.events(\"signed_in\", 20d)", ["DEVICE_SIGN_INS"] = "device.events(\"signed_in\", 20d)",
    };

    private const int CountMax = 4;
    private int probes;

    private EventScenario(Installation installation) => Installation = installation;

    public Installation Installation { get; }

    public ApiProcess Api { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public TestKafka Kafka { get; private set; } = null!;

    public static async Task<EventScenario> Start(TestServers servers, InstallationOptions options)
    {
        var scenario = new EventScenario(await servers.Install(options));
        foreach (var (code, velocity) in Counted)
            for (var count = 1; count <= CountMax; count++) scenario.Installation.WriteRule($"{code.ToLowerInvariant().Replace('_', '-')}-{count}.yaml", Rule(code, velocity, count));
        if (scenario.Installation.Kafka is { } broker) scenario.Kafka = new TestKafka(broker.Address);
        await scenario.StartApi();
        return scenario;
    }

    /// <summary>Starts the Api, or another one in place of one that was killed.</summary>
    public async Task StartApi()
    {
        Api = await Installation.StartApi();
        Client?.Dispose();
        Client = Installation.Client(Api);
    }

    /// <summary>A payment on a card; everything that its entities are named by begins with the card's token.</summary>
    public static JsonObject Attempt(string paymentId, string card, DateTimeOffset? at = null, int minor = 1000) => Event(
        "payment.attempted", "attempt-" + paymentId, at ?? Time, AttemptData(paymentId, card, at ?? Time, minor));

    public static JsonObject Outcome(string type, string eventId, string paymentId, DateTimeOffset at) =>
        Event(type, eventId, at, new JsonObject { ["payment"] = new JsonObject { ["id"] = paymentId } });

    public static JsonObject Activity(string type, string eventId, string card, DateTimeOffset at) => Event(type, eventId, at, new JsonObject
    {
        ["account"] = new JsonObject { ["id"] = "a-" + card },
        ["device"] = new JsonObject { ["id"] = "d-" + card },
    });

    public static JsonObject Event(string type, string id, DateTimeOffset at, JsonObject data) => new()
    {
        ["specversion"] = "1.0",
        ["type"] = type,
        ["source"] = "/tests",
        ["id"] = id,
        ["time"] = at,
        ["data"] = data,
    };

    public static JsonObject AttemptData(string paymentId, string card, DateTimeOffset at, int minor = 1000) => new()
    {
        ["payment"] = new JsonObject { ["id"] = paymentId, ["occurredAt"] = at, ["amount"] = new JsonObject { ["minor"] = minor, ["currency"] = "EUR" } },
        ["account"] = new JsonObject { ["id"] = "a-" + card },
        ["card"] = new JsonObject { ["token"] = card },
        ["device"] = new JsonObject { ["id"] = "d-" + card },
    };

    /// <summary>Sends an event to Kafka under the key of its card's account.</summary>
    public Task Send(string card, JsonNode @event) => Kafka.Send(KafkaTopics.Events, "a-" + card, @event.ToJsonString());

    public Task<HttpResponseMessage> Post(JsonNode events) => Post(events.ToJsonString(), events is JsonArray);

    public async Task<HttpResponseMessage> Post(string json, bool isBatch)
    {
        using var content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue(isBatch ? "application/cloudevents-batch+json" : "application/cloudevents+json"));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/events", UriKind.Relative)) { Content = content };
        request.Headers.ExpectContinue = true;      // a refusal for length is read before the body is sent into a closed connection
        return await Client.SendAsync(request);
    }

    /// <summary>Asks for a decision over HTTP and returns the answer.</summary>
    public async Task<JsonNode> Assess(string paymentId, string card, DateTimeOffset at)
    {
        var attempt = AttemptData(paymentId, card, at);
        attempt["deadlineMs"] = 2_000;          // these tests are not about speed
        using var content = new StringContent(attempt.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await Client.PostAsync(new Uri("/v1/assessments", UriKind.Relative), content);
        return JsonNode.Parse(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync())!;
    }

    /// <summary>What the logs hold for a card, its account and its device: <c>ATTEMPTS=2 DECLINES=1</c>. Asking adds an attempt, ten days after the others.</summary>
    public async Task<string> Counts(string card)
    {
        var answer = await Assess($"probe-{Interlocked.Increment(ref probes)}-{card}", card, Time.AddDays(10));
        Assert.Empty(answer["degraded"]!.AsArray());
        var counts = answer["reasons"]!.AsArray().Select(reason => reason!["code"]!.GetValue<string>()).CountBy(code => code[..code.LastIndexOf('_')]);
        return string.Join(' ', counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Key}={count.Value}"));
    }

    /// <summary>Waits until PostgreSQL has an assessment of each of these payments.</summary>
    public Task AreAssessed(params string[] paymentIds) => Eventually.Holds($"{paymentIds.Length} payments are assessed", async () =>
        await Count("SELECT count(*) FROM assessments WHERE payment_id = ANY ($1)", paymentIds) == paymentIds.Length);

    /// <summary>Waits until the events have reached every log.</summary>
    public Task AreApplied(params string[] eventIds) => Eventually.Holds($"{eventIds.Length} events are applied", async () =>
        await Count("SELECT count(*) FROM events WHERE applied AND id = ANY ($1)", eventIds) == eventIds.Length);

    /// <param name="sql">One number; <c>$1</c> are the ids.</param>
    public async Task<long> Count(string sql, params string[] ids)
    {
        await using var postgres = Installation.OpenPostgres();
        await using var command = postgres.CreateCommand(sql);
        if (ids.Length > 0) command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = ids });
        return (long)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Reads a topic until as many messages as expected have come, by their JSON.</summary>
    public IReadOnlyList<(string? Key, JsonNode Json)> Read(string topic, Func<IReadOnlyList<TestMessage>, bool> until) =>
        [.. Kafka.Read(topic, until, TimeSpan.FromSeconds(30)).Select(message => (message.Key, JsonNode.Parse(message.Text)!))];

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        Kafka?.Dispose();
        await Installation.DisposeAsync();
    }

    private static string Rule(string code, string velocity, int count) => $"""
        id: {code.ToLowerInvariant().Replace('_', '-')}-{count}
        description: Tells that {velocity} is {count} or more
        action: score +1
        when: {velocity} >= {count}
        reason_code: {code}_{count}
        mode: live
        owner: tests
        tests:
          - name: so many
            given:
              '{velocity}': {count}
            expect: match

        """;
}
