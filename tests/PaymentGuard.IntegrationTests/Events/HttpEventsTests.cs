using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PaymentGuard.Events;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Events;

/// <summary>A running Api without Kafka, for all tests of a class.</summary>
public sealed class HttpScenario(TestServers servers) : IAsyncLifetime
{
    internal EventScenario Scenario { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Scenario = await EventScenario.Start(servers, new InstallationOptions());

    public ValueTask DisposeAsync() => Scenario.DisposeAsync();
}

[Collection(Alone.Name)]
public sealed class HttpEventsTests(HttpScenario fixture) : IClassFixture<HttpScenario>
{
    private static readonly DateTimeOffset Time = EventScenario.Time;
    private readonly EventScenario scenario = fixture.Scenario;

    [Fact]
    public async Task Post_OneEventThenAgain_IsAcceptedThenADuplicate()
    {
        var attempt = EventScenario.Attempt("h1-p", "h1");
        Assert.Equal((HttpStatusCode.Accepted, """{"accepted":1,"duplicates":0}"""), await Answer(attempt));
        Assert.Equal((HttpStatusCode.Accepted, """{"accepted":0,"duplicates":1}"""), await Answer(attempt));
        var outcome = EventScenario.Outcome("payment.declined", "h1-o", "h1-p", Time);
        Assert.Equal((HttpStatusCode.Accepted, """{"accepted":1,"duplicates":0}"""), await Answer(outcome));
        Assert.Equal((HttpStatusCode.Accepted, """{"accepted":0,"duplicates":1}"""), await Answer(outcome));
        Assert.Equal("ATTEMPTS=1 DECLINES=1", await scenario.Counts("h1"));
    }

    [Fact]
    public async Task Post_Batch_TakesEffectInItsOrder()
    {
        var batch = new JsonArray(
            EventScenario.Activity("account.signed_in", "h2-login", "h2", Time),
            EventScenario.Attempt("h2-p", "h2"),
            EventScenario.Outcome("payment.authorized", "h2-o", "h2-p", Time),
            EventScenario.Outcome("payment.charged_back", "h2-c", "h2-p", Time.AddDays(1)),
            EventScenario.Outcome("payment.authorized", "h2-o", "h2-p", Time));
        Assert.Equal((HttpStatusCode.Accepted, """{"accepted":4,"duplicates":1}"""), await Answer(batch));
        Assert.Equal("APPROVALS=1 ATTEMPTS=1 CHARGEBACKS=1 DEVICE_SIGN_INS=1 SIGN_INS=1", await scenario.Counts("h2"));
    }

    [Fact]
    public async Task Post_OutcomeOfAPaymentAssessedOverHttp_ReachesItsLogs()
    {
        await scenario.Assess("h3-p", "h3", Time);
        await Answer(EventScenario.Outcome("payment.fraud_reported", "h3-f", "h3-p", Time));
        Assert.Equal("ATTEMPTS=1 FRAUDS=1", await scenario.Counts("h3"));
    }

    [Fact]
    public async Task Post_OutcomeBeforeAPaymentAssessedOverHttp_WaitsForIt()
    {
        await Answer(EventScenario.Outcome("payment.declined", "h4-o", "h4-p", Time));
        await scenario.Assess("h4-p", "h4", Time);
        await scenario.AreApplied("h4-o");
        Assert.Equal("ATTEMPTS=1 DECLINES=1", await scenario.Counts("h4"));
    }

    [Fact]
    public async Task Post_OneInvalidEvent_RefusesAllAndNamesThePlace()
    {
        var batch = new JsonArray(
            EventScenario.Attempt("h5-p", "h5"),
            EventScenario.Outcome("payment.declined", "h5-o", "h5-p", Time),
            EventScenario.Event("payment.declined", "h5-x", Time, new JsonObject { ["payment"] = new JsonObject() }));
        var (status, body) = await Answer(batch);
        var problem = JsonNode.Parse(body)!;
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_field"), (status, problem["code"]!.GetValue<string>()));
        Assert.Equal("/2/data/payment/id", problem["errors"]!.AsArray().Single()!["pointer"]!.GetValue<string>());
        Assert.Equal(0, await scenario.Count("SELECT count(*) FROM assessments WHERE payment_id = 'h5-p'"));
        Assert.Equal(0, await scenario.Count("SELECT count(*) FROM events WHERE id = 'h5-o'"));
    }

    [Fact]
    public async Task Post_ContentThatDiffersFromWhatIsRecorded_IsAConflictAndNothingElseIsTaken()
    {
        await Answer(new JsonArray(EventScenario.Attempt("h6-p", "h6"), EventScenario.Outcome("payment.declined", "h6-o", "h6-p", Time)));
        var (status, body) = await Answer(new JsonArray(EventScenario.Attempt("h6-q", "h6"), EventScenario.Attempt("h6-p", "h6", minor: 7)));
        Assert.Equal((HttpStatusCode.Conflict, "payment_content_differs"), (status, JsonNode.Parse(body)!["code"]!.GetValue<string>()));
        Assert.Equal("/1/data/payment/amount/minor", JsonNode.Parse(body)!["errors"]![0]!["pointer"]!.GetValue<string>());
        Assert.Equal(0, await scenario.Count("SELECT count(*) FROM assessments WHERE payment_id = 'h6-q'"));
        (status, body) = await Answer(EventScenario.Outcome("payment.authorized", "h6-o", "h6-p", Time));
        Assert.Equal((HttpStatusCode.Conflict, "event_content_differs"), (status, JsonNode.Parse(body)!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Post_ContradictionWithinABatch_IsAConflict()
    {
        var (status, _) = await Answer(new JsonArray(EventScenario.Attempt("h7-p", "h7"), EventScenario.Attempt("h7-p", "h7", minor: 7)));
        Assert.Equal(HttpStatusCode.Conflict, status);
        (status, _) = await Answer(new JsonArray(
            EventScenario.Outcome("payment.declined", "h7-o", "h7-p", Time), EventScenario.Outcome("payment.authorized", "h7-o", "h7-p", Time)));
        Assert.Equal(HttpStatusCode.Conflict, status);
    }

    [Theory]
    [InlineData("not json", HttpStatusCode.BadRequest, "invalid_json")]
    [InlineData("""{"specversion":"1.0","id":"1","id":"2"}""", HttpStatusCode.BadRequest, "invalid_field")]
    [InlineData("""{"specversion":"1.0","id":"4242 4242 4242 4242"}""", HttpStatusCode.BadRequest, "card_number")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"s","type":"payment.teleported","data":{}}""", HttpStatusCode.BadRequest, "unknown_type")]
    public async Task Post_WhatCannotBeRead_IsRefused(string body, HttpStatusCode status, string code)
    {
        var answer = await scenario.Post(body, isBatch: false);
        Assert.Equal((status, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Equal(code, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(EventJson.BytesMax + 1, false)]
    [InlineData(EventJson.BatchBytesMax + 1, true)]
    [InlineData(EventJson.BatchBytesMax + 1, false)]
    public async Task Post_TooLarge_Is413(int length, bool isBatch)
    {
        using var answer = await scenario.Post(new string(' ', length), isBatch);
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "application/problem+json"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/cloudevents+xml")]
    [InlineData("application/cloudevents+json; charset=utf-16")]
    public async Task Post_OtherMediaType_Is415(string type)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(EventScenario.Attempt("h8-p", "h8").ToJsonString()));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var answer = await scenario.Client.PostAsync(new Uri("/v1/events", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Fact]
    public async Task Post_WithoutTheScope_IsForbidden()
    {
        using var client = scenario.Installation.Client(scenario.Api, "risk:assess");
        using var content = new StringContent("{}", Encoding.UTF8, "application/cloudevents+json");
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync(new Uri("/v1/events", UriKind.Relative), content)).StatusCode);
    }

    private async Task<(HttpStatusCode Status, string Body)> Answer(JsonNode events)
    {
        using var answer = await scenario.Post(events);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
