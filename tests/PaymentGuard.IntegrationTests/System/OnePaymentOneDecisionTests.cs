using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Events;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.IntegrationTests.SystemTests.Support;

namespace PaymentGuard.IntegrationTests.SystemTests;

/// <summary>A payment is decided once, wherever and however often it is asked for.</summary>
[Collection(nameof(TwoApis))]
public sealed class OnePaymentOneDecisionTests(TwoApis service)
{
    private static readonly DateTimeOffset Time = TimeProvider.System.GetUtcNow();

    [Theory]
    [InlineData(1, 100)]
    [InlineData(8, 12)]
    public async Task Assess_InParallelByHttpAndKafkaAtTwoProcesses_OneAssessmentAndOneAnswer(int payments, int requests)
    {
        var bodies = Enumerable.Range(0, payments).Select(_ => Bodies.FullPayment(Bodies.NewName("p"))).ToList();
        var sending = bodies.SelectMany(body => Enumerable.Range(0, requests).Select(turn => turn % 2 == 0 ? Ask(body, turn) : Produce(body))).ToList();
        var answers = (await Task.WhenAll(sending)).OfType<Answer>().ToLookup(answer => answer.MustBeDecision().PaymentId);
        await service.AllEventsConsumed();

        var stored = await Stored.Answers(service.Installation);
        foreach (var body in bodies)
        {
            var id = IdOf(body);
            Assert.Equal(requests / 2, answers[id].Count());
            Assert.All(answers[id], answer => Assert.Equal(stored[id], answer.OnceRecorded));
            Assert.Equal(1, await Stored.Count(service.Installation, $"SELECT count(*) FROM assessments WHERE payment_id = '{id}'"));
            Assert.Empty(RefusalsOf(body));
        }
        var decisions = await DecisionsAfterAll(bodies);
        foreach (var body in bodies) MustBeThereOnce(decisions, body, stored[IdOf(body)]);
    }

    [Fact]
    public async Task Assess_OtherContent_ConflictThatNamesEachField()
    {
        var body = Bodies.FullPayment(Bodies.NewName("p"));
        var first = (await service.Checkouts[0].Assess(body)).MustBeDecision();
        var pointers = Bodies.Leaves(body).Where(pointer => pointer is not ("/payment/id" or "/deadlineMs")).ToList();
        foreach (var pointer in pointers) await MustConflict(body.With(pointer, Other(pointer)), pointer);
        foreach (var pointer in pointers.Where(IsOptional)) await MustConflict(body.With(pointer, null), pointer);
        await MustConflict(body.With("/account/email", "b@example.com").With("/payment/amount/minor", 1), "/account/email", "/payment/amount/minor");
        Assert.Equal(first.OnceRecorded, (await service.Checkouts[1].Assess(body)).OnceRecorded);
    }

    [Fact]
    public async Task Assess_OtherSpellingOfTheSameContent_SameAnswer()
    {
        var body = Bodies.FullPayment(Bodies.NewName("p"));
        var first = (await service.Checkouts[0].Assess(body)).MustBeDecision();
        JsonObject[] same =
        [
            body.With("/deadlineMs", 1_000),
            body.With("/deadlineMs", null),
            body.With("/payment/occurredAt", "2026-01-21T11:00:00.000+01:00"),
            new JsonObject(body.Reverse().Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))),
        ];
        foreach (var other in same) MustBeSame(first, await service.Checkouts[1].Assess(other));
        var spaced = JsonSerializer.SerializeToUtf8Bytes(body, new JsonSerializerOptions { WriteIndented = true });
        MustBeSame(first, await service.Checkouts[1].Assess(spaced));
        MustBeSame(first, await service.Checkouts[1].Assess(body.ToJsonString().Replace("web", "\\u0077eb", StringComparison.Ordinal).Utf8()));
    }

    [Fact]
    public async Task Assess_OtherContentByKafka_RejectedWithTheReason()
    {
        var body = Bodies.FullPayment(Bodies.NewName("p"));
        (await service.Checkouts[0].Assess(body)).MustBeDecision();
        await Produce(body.With("/payment/amount/minor", 1));
        await service.AllEventsConsumed();
        // A second process may have taken it over, and said the same.
        var refusals = RefusalsOf(body).Select(message => JsonSerializer.Deserialize<JsonElement>(message.Text)).ToList();
        Assert.NotEmpty(refusals);
        Assert.All(refusals, refusal => Assert.Equal("payment_content_differs", refusal.GetProperty("reason").GetString()));
        Assert.All(refusals, refusal => Assert.Contains("/payment/amount/minor", refusal.GetProperty("detail").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Assess_AgainAfterRestart_SameBytes()
    {
        var body = Bodies.FullPayment(Bodies.NewName("p"));
        var first = (await service.Checkouts[0].Assess(body)).MustBeDecision();
        await service.Processes[0].Kill();
        await service.Processes[1].Stop();
        foreach (var process in service.Processes) await process.Start();
        foreach (var checkout in service.Checkouts)
        {
            MustBeSame(first, await checkout.Assess(body));
            MustBeSame(first, await checkout.Get($"{Checkout.Assessments}/{first.Id}"));
        }
    }

    private static string IdOf(JsonObject body) => body["payment"]!["id"]!.GetValue<string>();

    private static string AccountOf(JsonObject body) => body["account"]!["id"]!.GetValue<string>();

    private IEnumerable<TestMessage> RefusalsOf(JsonObject body) =>
        service.Kafka.ReadToEnd(KafkaTopics.Rejected).Where(message => message.Key == AccountOf(body));

    private static void MustBeSame(Answer first, Answer again) => Assert.Equal(first.OnceRecorded, again.MustBeDecision().OnceRecorded);

    private async Task<Answer?> Ask(JsonObject body, int turn) =>
        await service.Checkouts[turn / 2 % 2].Assess(body.With("/deadlineMs", 1_500 + turn));

    private async Task<Answer?> Produce(JsonObject body)
    {
        await service.Kafka.Send(KafkaTopics.Events, AccountOf(body), Bodies.Attempted(body, Time).ToJsonString());
        return null;
    }

    private async Task MustConflict(JsonObject body, params string[] differing)
    {
        var conflict = (await service.Checkouts[1].Assess(body)).MustBeProblem(string.Join(' ', differing));
        Assert.Equal((409, "payment_content_differs"), (conflict.Status, conflict.Code));
        Assert.Equal(differing, conflict.Pointers);
    }

    /// <summary>
    /// The topic of decisions, once it holds a later decision for each account: what comes after a decision on its partition is published
    /// after it, so one that is there once by then stays so.
    /// </summary>
    private async Task<IReadOnlyList<TestMessage>> DecisionsAfterAll(IReadOnlyList<JsonObject> bodies)
    {
        var later = await Task.WhenAll(bodies.Select(body => service.Checkouts[0].Assess(Bodies.Payment(Bodies.NewName("p"), "tok_later", AccountOf(body)))));
        IReadOnlyList<TestMessage> decisions = [];
        await Eventually.Holds("the later decisions are published", () =>
        {
            decisions = service.Kafka.ReadToEnd(KafkaTopics.Decisions);
            return Task.FromResult(later.All(last => decisions.Any(decision => decision.Text.Contains(last.MustBeDecision().Id, StringComparison.Ordinal))));
        });
        return decisions;
    }

    private static void MustBeThereOnce(IReadOnlyList<TestMessage> decisions, JsonObject body, string answer)
    {
        var published = Assert.Single(decisions, decision => decision.Text.Contains($"\"{IdOf(body)}\"", StringComparison.Ordinal));
        var reading = JsonSerializer.Deserialize<JsonElement>(published.Text);
        Assert.Equal(AccountOf(body), published.Key);
        Assert.Equal("risk.assessed", reading.GetProperty("type").GetString());
        Assert.Equal(JsonSerializer.Deserialize<JsonElement>(answer).GetProperty("id").GetString(), reading.GetProperty("id").GetString());
        Assert.Equal(answer, reading.GetProperty("data").GetRawText());
    }

    private static bool IsOptional(string pointer) => pointer is not ("/payment/amount/minor" or "/payment/amount/currency" or "/account/id");

    /// <summary>Another value that is as good as the one of <see cref="Bodies.FullPayment"/>.</summary>
    private static JsonNode Other(string pointer) => pointer switch
    {
        "/payment/amount/minor" => 125_001,
        "/payment/amount/currency" => "EUR",
        "/payment/occurredAt" => "2026-01-21T10:00:00.001Z",
        "/account/createdAt" => "2024-05-01T00:00:01Z",
        "/account/email" => "A@example.com",
        "/card/bin" => "622203",
        "/merchant/category" => "5733",
        "/card/last4" => "1235",
        "/device/ip" => "203.0.113.10",
        _ when pointer.EndsWith("/country", StringComparison.Ordinal) => "DE",
        _ => "other",
    };
}
