using System.Text.Json.Nodes;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.Events;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.IntegrationTests.SystemTests.Support;

namespace PaymentGuard.IntegrationTests.SystemTests;

/// <summary>What points at a person stands nowhere in clear: not in Redis, keys of Kafka, logs, metrics, the spool or PostgreSQL.</summary>
public sealed class CanaryTests(TestServers servers) : IAsyncLifetime
{
    private const string Local = "KanaryMailbox7Q", Domain = "kanarymail7q.example", Phone = "13987650417", Device = "KanaryDevice7Q", Agent = "KanaryAgent7Q",
        City = "KanaryCity7Q", PostalCode = "KANARYPOST7Q", BillingCity = "KanaryBilling7Q", Token = "KanaryToken7Q", Last4 = "\"7391\"",
        Ip4 = "198.51.100.177", Ip6 = "2001:db8:ca4a:7e57:1:2:3:4", CardNumber = "4000056655665556", Unknown = "KanaryUnknown7Q";

    private static readonly string[] Canaries =
        [Local, Domain, $"{Local}@{Domain}", Phone, "+86" + Phone, Device, Agent, City, PostalCode, BillingCity, Token, Last4, Ip4, Ip6, CardNumber, Unknown];

    private Installation installation = null!;
    private TcpProxy redis = null!, postgres = null!;
    private ApiProcess api = null!;
    private Checkout checkout = null!;
    private TestKafka kafka = null!;
    private MetricsCollector metrics = null!;

    public async ValueTask InitializeAsync()
    {
        installation = await servers.Install(new InstallationOptions(KafkaUse.Own));
        redis = new TcpProxy(installation.Redis.Address);
        postgres = new TcpProxy(installation.Postgres.Address);
        installation.UseRedisThrough(redis);
        installation.UsePostgresThrough(postgres);
        installation.AddObservedCounts();
        kafka = new TestKafka(installation.Kafka!.Address);
        metrics = new MetricsCollector(installation);
        api = await installation.StartApi();
        checkout = new Checkout(installation.Client(api));
    }

    public async ValueTask DisposeAsync()
    {
        checkout?.Dispose();
        kafka?.Dispose();
        metrics?.Dispose();
        if (installation is not null) await installation.DisposeAsync();
        foreach (var line in (TcpProxy?[])[redis, postgres])
            if (line is not null) await line.DisposeAsync();
    }

    [Fact]
    public async Task PersonalData_SentEveryWayAndThroughFaults_IsNowhereInClear()
    {
        await SendEveryWay();
        redis.GoDown();
        await SendEveryWay();
        redis.GoUp();
        postgres.GoDown();
        var unrecorded = await SendEveryWay();
        Assert.False(unrecorded.Recorded);
        MustBeClean("the spool", await Spool());
        postgres.FallSilent();
        postgres.GoUp();
        await SendEveryWay();
        postgres.Speak();
        await Eventually.Holds("all events are consumed", () => Task.FromResult(kafka.CountUncommitted(KafkaTopics.Events) == 0), TimeSpan.FromSeconds(60));
        await Stored.MustHoldAll(installation, [unrecorded]);
        await Eventually.Holds("all logs have all events", () => Stored.AllApplied(installation), TimeSpan.FromSeconds(40));
        await MustBeCleanEverywhere(unrecorded);
    }

    private static JsonObject Payment(string id, string ip) => Bodies.FullPayment(id)
        .With("/account/email", $"{Local}@{Domain}").With("/account/phone", "+86" + Phone)
        .With("/device/id", Device).With("/device/ip", ip).With("/device/userAgent", Agent)
        .With("/shipping/city", City).With("/shipping/postalCode", PostalCode).With("/billing/city", BillingCity)
        .With("/card/token", Token).With("/card/last4", Last4.Trim('"'));

    /// <summary>Well and badly formed, by HTTP and Kafka; returns the answer to a good payment.</summary>
    private async Task<Answer> SendEveryWay()
    {
        var good = Payment(Bodies.NewName("p"), Ip4);
        var answer = (await checkout.Assess(good)).MustBeDecision();
        (await checkout.Assess(Payment(Bodies.NewName("p"), Ip6))).MustBeDecision();
        Assert.Equal(409, (await checkout.Assess(good.With("/account/email", $"x{Local}@{Domain}"))).Status);
        foreach (var bad in Bad(good)) await checkout.Assess(bad.Utf8());
        await checkout.Get($"{Checkout.Assessments}/{Token}?email={Local}@{Domain}");
        await checkout.Post($"/{Unknown}/{City}", good.ToJsonString().Utf8(), "text/" + Agent);
        var producing = Events().Select(async (text, turn) =>
        {
            await kafka.Send(KafkaTopics.Events, good["account"]!["id"]!.GetValue<string>(), text);
            if (turn % 2 == 0) await checkout.SendEvent(text.Utf8());
        });
        await Task.WhenAll(producing);
        return answer;
    }

    private static IEnumerable<string> Bad(JsonObject good) =>
    [
        .. new[] { "/account/email", "/device/ip", "/card/last4", "/shipping/country", "/payment/occurredAt", "/deadlineMs", "/payment/amount/currency" }
            .Select(pointer => good.With(pointer, $"{Unknown} {Local}@{Domain} {Phone}").ToJsonString()),
        good.With($"/{Unknown}", City).ToJsonString(),
        good.With($"/account/{Unknown}", Phone).ToJsonString(),
        good.With("/card/token", CardNumber).ToJsonString(),
        good.With($"/{CardNumber}", Local).ToJsonString(),
        good.ToJsonString()[..^20],
        good.ToJsonString().Replace("{\"id\"", $"{{\"{Device}\":1,\"{Device}\":2,\"id\"", StringComparison.Ordinal),
        $"{Unknown} {Local}@{Domain}",
    ];

    private static IEnumerable<string> Events()
    {
        var now = TimeProvider.System.GetUtcNow();
        var good = Payment(Bodies.NewName("p"), Ip6);
        var facts = new JsonObject { ["account"] = good["account"]!.DeepClone(), ["device"] = good["device"]!.DeepClone() };
        foreach (var type in (string[])["account.registered", "account.sign_in_failed", "account.contact_changed", "device.bound"])
            yield return Bodies.Event(type, facts, now).ToJsonString();
        yield return Bodies.Attempted(good, now).ToJsonString();
        yield return Bodies.Event("payment.authorized", good, now).ToJsonString();
        yield return Bodies.Attempted(good.With("/account/email", $"y{Local}@{Domain}"), now).ToJsonString();
        yield return Bodies.Event($"payment.{Unknown}", good, now).ToJsonString();
        foreach (var bad in Bad(good))
            yield return $$"""{"specversion":"1.0","type":"payment.attempted","source":"/shop","id":"{{Bodies.NewName("e")}}","data":{{bad}}}""";
    }

    /// <summary>A copy: the service has locked its files, and only other programs than .NET's do not mind.</summary>
    private async Task<IReadOnlyList<byte[]>> Spool()
    {
        var copy = Path.Combine(installation.Folder, "spool-copy");
        var (succeeded, output) = await Executables.Run(["cp", "-r", installation.Settings["PAYMENTGUARD_SPOOL"], copy]);
        Assert.True(succeeded, output);
        var files = Directory.EnumerateFiles(copy, "*", SearchOption.AllDirectories).Select(File.ReadAllBytes).ToList();
        Assert.Contains(files, file => file.Length > 0);
        return files;
    }

    private async Task MustBeCleanEverywhere(Answer known)
    {
        using var admin = new RedisAdmin(installation.Redis);
        var logs = admin.Everything().ToList();
        Assert.NotEmpty(logs);
        MustBeClean("Redis", [.. logs.SelectMany(log => new[] { log.Key.Utf8(), log.Value })]);

        var database = (await Stored.Everything(installation)).ToList();
        MustBeClean("PostgreSQL", database);
        // The search would find what is there.
        Assert.Contains(database, table => Traces.In(table, [known.PaymentId]).Any());

        var messages = new[] { KafkaTopics.Events, KafkaTopics.Decisions, KafkaTopics.Rejected }.SelectMany(kafka.ReadToEnd).ToList();
        MustBeClean("Kafka's keys", [.. messages.Select(message => (message.Key ?? "").Utf8())]);
        MustBeClean("the decisions", [.. messages.Where(message => message.Topic == KafkaTopics.Decisions).Select(message => message.Value!)]);
        MustBeClean("what was refused", [.. messages.Where(message => message.Topic == KafkaTopics.Rejected).Select(message => message.Value!)], [CardNumber]);
        MustBeClean("the Kafka headers", [.. messages.SelectMany(message => message.Headers).Select(header => $"{header.Key} {header.Value}".Utf8())]);

        var log = await File.ReadAllBytesAsync(api.Process.LogFile);
        Assert.NotEmpty(log);
        var password = new Uri(installation.Settings["PAYMENTGUARD_POSTGRES"]).UserInfo.Split(':')[1];
        MustBeClean("the log", [log], [.. Canaries, password, checkout.Http.DefaultRequestHeaders.Authorization!.Parameter!.Split('.')[2]]);
        await Eventually.Holds("metrics of decisions are sent", () => Task.FromResult(metrics.Taken.Any(sent => sent.AsSpan().IndexOf("decision"u8) >= 0)));
        MustBeClean("the metrics", metrics.Taken);
    }

    private static void MustBeClean(string where, IReadOnlyList<byte[]> bytes, string[]? canaries = null)
    {
        var found = bytes.SelectMany(part => Traces.In(part, canaries ?? Canaries)).Distinct().ToList();
        Assert.True(found.Count == 0, $"In {where} stands: {string.Join("; ", found)}");
    }
}
