using System.Text.Json.Nodes;
using PaymentGuard.Events;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Events;

/// <summary>A running Api with a broker of its own, for all tests of a class.</summary>
public sealed class KafkaScenario(TestServers servers) : IAsyncLifetime
{
    internal EventScenario Scenario { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Scenario = await EventScenario.Start(servers, new InstallationOptions(KafkaUse.Own));

    public ValueTask DisposeAsync() => Scenario.DisposeAsync();
}

[Collection(Alone.Name)]
public sealed class KafkaEventsTests(KafkaScenario fixture) : IClassFixture<KafkaScenario>
{
    private static readonly DateTimeOffset Time = EventScenario.Time;
    private readonly EventScenario scenario = fixture.Scenario;

    [Fact]
    public async Task Attempted_ThroughKafka_IsDecidedAndPublished()
    {
        await scenario.Send("c1", EventScenario.Attempt("c1-p1", "c1"));
        await scenario.AreAssessed("c1-p1");
        var answer = await scenario.Assess("c1-p1", "c1", Time);
        var (key, published) = Decisions("c1-p1").Single();
        Assert.Equal(("a-c1", "risk.assessed", "1.0"), (key, published["type"]!.GetValue<string>(), published["specversion"]!.GetValue<string>()));
        Assert.Equal(answer["id"]!.GetValue<string>(), published["id"]!.GetValue<string>());
        Assert.Equal(answer.ToJsonString(), published["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Assessed_OverHttp_IsPublished()
    {
        var answer = await scenario.Assess("c2-p1", "c2", Time);
        Assert.Equal(answer["id"]!.GetValue<string>(), Decisions("c2-p1").Single().Json["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task Events_InOrder_AreCounted()
    {
        foreach (var message in Story("c3")) await scenario.Send("c3", message);
        await StoryIsTaken("c3");
        Assert.Equal(StoryCounts, await scenario.Counts("c3"));
    }

    [Theory]
    [InlineData("twice", 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5)]
    [InlineData("again", 0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5)]
    [InlineData("reversed", 5, 4, 3, 2, 1, 0)]
    [InlineData("interleaved", 1, 0, 1, 3, 2, 3, 5, 0, 4, 5, 2, 4)]
    public async Task Events_RedeliveredOrReordered_CountAsOnceInOrder(string card, params int[] order)
    {
        var story = Story(card).ToList();
        foreach (var index in order) await scenario.Send(card, story[index]);
        await StoryIsTaken(card);
        Assert.Equal(StoryCounts, await scenario.Counts(card));
    }

    [Fact]
    public async Task Outcome_BeforeItsAttempt_WaitsForIt()
    {
        await scenario.Send("c4", EventScenario.Outcome("payment.declined", "c4-declined", "c4-p1", Time));
        await Eventually.Holds("the outcome waits", async () => await scenario.Count("SELECT count(*) FROM events WHERE waiting AND id = 'c4-declined'") == 1);
        await scenario.Send("c4", EventScenario.Attempt("c4-p1", "c4"));
        await scenario.AreApplied("c4-declined");
        Assert.Equal("ATTEMPTS=1 DECLINES=1", await scenario.Counts("c4"));
    }

    [Theory]
    [InlineData("tie1", "payment.declined:b", "payment.authorized:a", "DECLINES=1")]
    [InlineData("tie2", "payment.authorized:a", "payment.declined:b", "DECLINES=1")]
    [InlineData("tie3", "payment.authorized:b", "payment.declined:a", "APPROVALS=1")]
    [InlineData("tie4", "payment.declined:a", "payment.authorized:b", "APPROVALS=1")]
    public async Task Outcomes_ThatContradictAtOneTime_TheLargerIdWins(string card, string first, string second, string expected)
    {
        await scenario.Send(card, EventScenario.Attempt(card + "-p", card));
        foreach (var outcome in new[] { first, second, first })
        {
            var (type, id) = (outcome.Split(':')[0], $"{card}-{outcome.Split(':')[1]}");
            await scenario.Send(card, EventScenario.Outcome(type, id, card + "-p", Time.AddSeconds(1)));
            await scenario.AreApplied(id);
        }
        Assert.Equal(string.Join(' ', new[] { "ATTEMPTS=1", expected }.Order(StringComparer.Ordinal)), await scenario.Counts(card));
    }

    [Fact]
    public async Task Outcomes_ThatContradictAtDifferentTimes_TheLatestWins()
    {
        await scenario.Send("c5", EventScenario.Attempt("c5-p", "c5"));
        await scenario.Send("c5", EventScenario.Outcome("payment.authorized", "c5-a", "c5-p", Time.AddSeconds(2)));
        await scenario.Send("c5", EventScenario.Outcome("payment.declined", "c5-b", "c5-p", Time.AddSeconds(1)));
        await scenario.AreApplied("c5-a", "c5-b");
        Assert.Equal("APPROVALS=1 ATTEMPTS=1", await scenario.Counts("c5"));
    }

    [Fact]
    public async Task Message_ThatCannotBeRead_IsRejectedWithItsBytesAndTheNextIsTaken()
    {
        const string poison = "{ \"specversion\": \"1.0\", \"id\": ";
        await scenario.Kafka.Send(KafkaTopics.Events, "a-c6", poison);
        await scenario.Send("c6", EventScenario.Attempt("c6-p", "c6"));
        await scenario.AreAssessed("c6-p");
        var (key, rejected) = Rejected(entry => entry["payload"]?.GetValue<string>() == poison);
        Assert.Equal(("a-c6", "invalid_json", KafkaTopics.Events), (key, rejected["reason"]!.GetValue<string>(), rejected["topic"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Attempt_WithOtherContent_IsRejectedAndNamesTheField()
    {
        await scenario.Send("c7", EventScenario.Attempt("c7-p", "c7"));
        await scenario.Send("c7", EventScenario.Attempt("c7-p", "c7", minor: 2000));
        var (_, rejected) = Rejected(entry => entry["payload"]?.GetValue<string>().Contains("c7-p", StringComparison.Ordinal) == true);
        Assert.Equal("payment_content_differs", rejected["reason"]!.GetValue<string>());
        Assert.Equal("/data/payment/amount/minor", rejected["errors"]![0]!["pointer"]!.GetValue<string>());
    }

    [Fact]
    public async Task Event_WithOtherContent_IsRejectedAndTheFirstStays()
    {
        await scenario.Send("c8", EventScenario.Attempt("c8-p", "c8"));
        await scenario.Send("c8", EventScenario.Outcome("payment.declined", "c8-o", "c8-p", Time));
        await scenario.Send("c8", EventScenario.Outcome("payment.authorized", "c8-o", "c8-p", Time));
        var (_, rejected) = Rejected(entry => entry["payload"]?.GetValue<string>().Contains("c8-o", StringComparison.Ordinal) == true);
        Assert.Equal("event_content_differs", rejected["reason"]!.GetValue<string>());
        await scenario.AreApplied("c8-o");
        Assert.Equal("ATTEMPTS=1 DECLINES=1", await scenario.Counts("c8"));
    }

    [Fact]
    public async Task Message_WithACardNumber_IsRejectedWithoutIt()
    {
        const string number = "4242 4242 4242 4242";
        var attempt = EventScenario.Attempt("c9-p", "c9");
        attempt["data"]!["shipping"] = new JsonObject { ["city"] = number };
        await scenario.Send("c9", attempt);
        await scenario.Kafka.Send(KafkaTopics.Events, "a-c9", "not json " + number);
        var messages = scenario.Read(KafkaTopics.Rejected, read => read.Count(message => message.Text.Contains("card_number", StringComparison.Ordinal)) == 2);
        Assert.DoesNotContain(messages, message => message.Json.ToJsonString().Contains("4242", StringComparison.Ordinal));
        Assert.Equal(2, messages.Count(message => message.Json["reason"]!.GetValue<string>() == "card_number" && message.Json["payload"] is null));
    }

    [Fact]
    public async Task Retry_AfterARejection_SendsThePayloadAgain()
    {
        await scenario.Send("c10", EventScenario.Attempt("c10-p", "c10"));
        await scenario.Send("c10", EventScenario.Attempt("c10-p", "c10", minor: 5));
        Rejected(entry => entry["payload"]?.GetValue<string>().Contains("c10-p", StringComparison.Ordinal) == true);
        var topic = new RejectedTopic(scenario.Installation.Kafka!.Address, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
        var planned = await topic.Retry("payment_content_differs", isDryRun: true, CancellationToken.None);
        var done = await topic.Retry("payment_content_differs", isDryRun: false, CancellationToken.None);
        Assert.Equal(planned, done);
        Assert.True(done.Sent >= 1);
        // It is refused for the same reason once more, under the same key.
        var again = scenario.Read(KafkaTopics.Rejected, read => read.Count(message => message.Text.Contains("c10-p", StringComparison.Ordinal)) == 2);
        Assert.All(again.Where(message => message.Json.ToJsonString().Contains("c10-p", StringComparison.Ordinal)), message => Assert.Equal("a-c10", message.Key));
    }

    private const string StoryCounts = "APPROVALS=1 ATTEMPTS=2 DECLINES=1 DEVICE_SIGN_INS=1 FRAUDS=1 SIGN_INS=1";

    /// <summary>Six events of one card, from one hour into the next.</summary>
    private static IEnumerable<JsonObject> Story(string card) =>
    [
        EventScenario.Activity("account.signed_in", card + "-login", card, Time),
        EventScenario.Attempt(card + "-p1", card, Time.AddMinutes(59)),
        EventScenario.Outcome("payment.declined", card + "-o1", card + "-p1", Time.AddMinutes(59.5)),
        EventScenario.Attempt(card + "-p2", card, Time.AddMinutes(60)),
        EventScenario.Outcome("payment.authorized", card + "-o2", card + "-p2", Time.AddMinutes(60.5)),
        EventScenario.Outcome("payment.fraud_reported", card + "-f2", card + "-p2", Time.AddDays(2)),
    ];

    private async Task StoryIsTaken(string card)
    {
        await scenario.AreAssessed(card + "-p1", card + "-p2");
        await scenario.AreApplied(card + "-login", card + "-o1", card + "-o2", card + "-f2");
        // What was sent twice must have come twice: a last message, on the same partition, comes after all of it.
        await scenario.Send(card, EventScenario.Activity("account.registered", card + "-last", card, Time));
        await scenario.AreApplied(card + "-last");
    }

    private IReadOnlyList<(string? Key, JsonNode Json)> Decisions(string paymentId) =>
        [.. scenario.Read(KafkaTopics.Decisions, read => read.Any(message => message.Text.Contains($"\"{paymentId}\"", StringComparison.Ordinal)))
            .Where(message => message.Json["subject"]!.GetValue<string>() == paymentId)];

    private (string? Key, JsonNode Json) Rejected(Func<JsonNode, bool> match) =>
        scenario.Read(KafkaTopics.Rejected, read => read.Any(message => match(JsonNode.Parse(message.Text)!))).Single(message => match(message.Json));
}
