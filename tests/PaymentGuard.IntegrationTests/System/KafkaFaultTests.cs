using System.Text.Json;
using PaymentGuard.Events;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.IntegrationTests.SystemTests.Support;

namespace PaymentGuard.IntegrationTests.SystemTests;

/// <summary>Half a minute without Kafka: decisions by HTTP do not notice, and afterwards nothing is missing.</summary>
[Collection(nameof(Outages))]
public sealed class KafkaFaultTests(Outages outages)
{
    [Fact]
    public async Task Kafka_KilledForHalfAMinute_HttpUnaffectedAndNothingMissing() => await MustHeal(await outages.KafkaKilled);

    [Fact]
    public async Task Kafka_PausedForHalfAMinute_HttpUnaffectedAndNothingMissing() => await MustHeal(await outages.KafkaPaused);

    private static async Task MustHeal(Outage? outage)
    {
        if (outage is null) Assert.Skip("Only Apache Kafka can be killed and paused; the mock cluster, which is used here, loses what it held.");
        Assert.All(outage.Answers(), answer => Assert.True(answer.Recorded, $"PostgreSQL was there: {answer}"));
        using var kafka = new TestKafka(outage.Installation.Kafka!.Address);
        await Eventually.Holds("all events are consumed", () => Task.FromResult(kafka.CountUncommitted(KafkaTopics.Events) == 0), TimeSpan.FromSeconds(60));

        var stored = await Stored.Answers(outage.Installation);
        Assert.All(outage.Asked.Concat(outage.Produced), sent => Assert.Contains(sent.PaymentId, stored));
        Assert.All(outage.Answers(), answer => Assert.Equal(stored[answer.PaymentId], answer.OnceRecorded));
        await MustBePublished(kafka, stored);
    }

    private static async Task MustBePublished(TestKafka kafka, IReadOnlyDictionary<string, string> stored)
    {
        ILookup<string, TestMessage> published = Enumerable.Empty<TestMessage>().ToLookup(PaymentOf);
        await Eventually.Holds($"all {stored.Count} decisions are published", () =>
        {
            published = kafka.ReadToEnd(KafkaTopics.Decisions).ToLookup(PaymentOf);
            return Task.FromResult(stored.Keys.All(published.Contains));
        }, TimeSpan.FromSeconds(60));
        foreach (var (payment, answer) in stored)
        {
            var (key, text) = Assert.Single(published[payment].Select(message => (message.Key, message.Text)).Distinct());
            var reading = JsonSerializer.Deserialize<JsonElement>(text);
            Assert.Equal(answer, reading.GetProperty("data").GetRawText());
            Assert.Equal(JsonSerializer.Deserialize<JsonElement>(answer).GetProperty("id").GetString(), reading.GetProperty("id").GetString());
            Assert.StartsWith("a_", key, StringComparison.Ordinal);
        }
    }

    private static string PaymentOf(TestMessage message) =>
        JsonSerializer.Deserialize<JsonElement>(message.Text).GetProperty("data").GetProperty("paymentId").GetString()!;
}
