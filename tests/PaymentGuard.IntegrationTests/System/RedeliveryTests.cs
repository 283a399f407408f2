using System.Text.Json.Nodes;
using PaymentGuard.Events;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.IntegrationTests.SystemTests.Support;

namespace PaymentGuard.IntegrationTests.SystemTests;

/// <summary>However often and in whatever order events come, later payments see the same counts as after once, in order.</summary>
[Collection(nameof(TwoApis))]
public sealed class RedeliveryTests(TwoApis service)
{
    private const int KillRounds = 3;

    private static readonly Random Shuffle = new(20_261_121);

    private static readonly string[] Seen =
    [
        "ACCOUNT_COUNT_1", "ACCOUNT_COUNT_2", "ACCOUNT_COUNT_3", "ACCOUNT_COUNT_4", "ACCOUNT_PASSWORDS_1", "ACCOUNT_PASSWORDS_2",
        "CARD_APPROVALS_1", "CARD_APPROVALS_2", "CARD_CHARGEBACKS_1", "CARD_COUNT_1", "CARD_COUNT_2", "CARD_COUNT_3", "CARD_COUNT_4",
        "CARD_DECLINED_ATTEMPTS_1", "CARD_DECLINES_1", "CARD_DEVICES_1", "CARD_DEVICES_2", "CARD_DEVICES_3", "CARD_FRAUDS_1",
        "CARD_SUM_10", "CARD_SUM_100", "CARD_SUM_30", "CARD_SUM_60",
    ];

    private static readonly (string Name, Func<IReadOnlyList<JsonObject>, IEnumerable<JsonObject>> Of)[] Deliveries =
    [
        ("once, in order", history => history),
        ("each twice", history => history.SelectMany(one => new[] { one, one })),
        ("all, then all again", history => [.. history, .. history]),
        ("reversed", history => history.Reverse()),
        ("reversed, each twice", history => history.Reverse().SelectMany(one => new[] { one, one })),
        ("shuffled, thrice", history => history.Concat(history).Concat(history).OrderBy(_ => Shuffle.Next())),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Events_RedeliveredByKafka_CountAsOnceInOrder(bool acrossTheHour)
    {
        var tags = new List<(string Tag, string Delivery)>();
        foreach (var (name, of) in Deliveries) tags.Add((await Produce(of, StartOf(acrossTheHour)), name));
        await service.AllEventsConsumed();
        await MustCountAsOnce(tags, StartOf(acrossTheHour));
    }

    [Fact]
    public async Task Events_RedeliveredByHttp_CountAsOnceInOrder()
    {
        var tags = new List<(string Tag, string Delivery)>();
        foreach (var (name, of) in Deliveries)
        {
            var tag = Bodies.NewName("r");
            var turn = 0;
            foreach (var one in of(History(tag, StartOf(acrossTheHour: true)))) await Post(service.Checkouts[turn++ % 2], one);
            tags.Add((tag, name));
        }
        await MustCountAsOnce(tags, StartOf(acrossTheHour: true));
    }

    [Fact]
    public async Task Events_ProcessesKilledWhileTheyAreConsumed_CountAsOnceInOrder()
    {
        var tags = new List<(string Tag, string Delivery)>();
        for (var round = 0; round < KillRounds; round++)
        {
            var producing = Deliveries.SelectMany(delivery => new[] { delivery, delivery })
                .Select(async delivery => (await Produce(delivery.Of, StartOf(acrossTheHour: false)), $"{delivery.Name}, killed in round {round}")).ToList();
            await Task.Delay(Shuffle.Next(300));
            await Task.WhenAll(service.Processes.Select(process => process.Kill()));
            foreach (var process in service.Processes) await process.Start();
            tags.AddRange(await Task.WhenAll(producing));
        }
        await service.AllEventsConsumed();
        await MustCountAsOnce(tags, StartOf(acrossTheHour: false));
    }

    /// <summary>Some hours ago: no event is ahead of the clock, and all windows reach it.</summary>
    private static DateTimeOffset StartOf(bool acrossTheHour)
    {
        var now = TimeProvider.System.GetUtcNow();
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero).AddHours(-3);
        return acrossTheHour ? hour.AddSeconds(-4) : hour.AddMinutes(20);
    }

    /// <summary>Four attempts on one card, what became of them, and what happened to the account, within ten seconds.</summary>
    private static List<JsonObject> History(string tag, DateTimeOffset start)
    {
        JsonObject Attempt(int number, string device, int seconds) => Bodies.Attempted(
            Bodies.Payment($"{tag}_{number}", tag, device: device, minor: 1_000 * number, occurredAt: start.AddSeconds(seconds)), start.AddSeconds(seconds));
        JsonObject Outcome(string type, int number, int seconds) => Bodies.Outcome(type, $"{tag}_{number}", start.AddSeconds(seconds));
        JsonObject Password(int seconds) =>
            Bodies.Event("account.password_changed", new JsonObject { ["account"] = new JsonObject { ["id"] = "a_" + tag } }, start.AddSeconds(seconds));
        return
        [
            Attempt(1, "d_x", 0), Outcome("payment.authorized", 1, 1), Password(2),
            Attempt(2, "d_y", 3), Outcome("payment.declined", 2, 4),
            // The issuer changed its mind: the later word counts.
            Attempt(3, "d_x", 5), Outcome("payment.declined", 3, 6), Outcome("payment.authorized", 3, 7), Password(8),
            Attempt(4, "d_z", 8), Outcome("payment.fraud_reported", 4, 9), Outcome("payment.charged_back", 3, 10),
        ];
    }

    /// <summary>Sends a new history in the order of the delivery; returns its name.</summary>
    private async Task<string> Produce(Func<IReadOnlyList<JsonObject>, IEnumerable<JsonObject>> delivery, DateTimeOffset start)
    {
        var tag = Bodies.NewName("r");
        foreach (var one in delivery(History(tag, start))) await service.Kafka.Send(KafkaTopics.Events, "a_" + tag, one.ToJsonString());
        return tag;
    }

    private static async Task Post(Checkout api, JsonObject one)
    {
        var isAttempt = one["type"]!.GetValue<string>() == "payment.attempted";
        var answer = isAttempt ? await api.Assess(one["data"]!) : await api.SendEvent(one);
        Assert.True(answer.Status == (isAttempt ? 200 : 202), $"It was to be taken: {answer}");
    }

    private async Task MustCountAsOnce(List<(string Tag, string Delivery)> tags, DateTimeOffset start)
    {
        await Eventually.Holds("all logs have all events", () => Stored.AllApplied(service.Installation), TimeSpan.FromSeconds(30));
        foreach (var (tag, delivery) in tags)
        {
            var probe = await Probes.Known(service.Checkouts[0], tag, start.AddMinutes(1) + Probes.Reach, body => body);
            Assert.True(Seen.SequenceEqual(probe.Codes), $"{delivery} ({tag}): expected {string.Join(' ', Seen)}, counted {string.Join(' ', probe.Codes)}");
        }
    }
}
