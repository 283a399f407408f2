using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.Events;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.IntegrationTests.Velocity;
using PaymentGuard.Platform;
using PaymentGuard.Rules;
using PaymentGuard.Velocity;

namespace PaymentGuard.IntegrationTests.Events;

/// <summary>Challenges that were not passed reach the rules, whatever dies in between.</summary>
public sealed class ChallengeSignalsTests(TestServers servers)
{
    private static readonly ChallengeSignal[] FailedTwiceThenLeft = [new("a_7", "chl_1", false), new("a_7", "chl_1", false), new("a_7", "chl_1", true)];

    [Fact]
    public async Task Record_CommittedAndApplied_IsSeenByTheNextPaymentAndByARebuild()
    {
        await using var installation = await Install();
        using var checkout = new Checkout(installation, await installation.StartApi());
        Assert.Equal("approve", await Pay(checkout));
        await Record(installation, FailedTwiceThenLeft, apply: true);
        Assert.Equal("decline", await Pay(checkout));
        Assert.Equal("approve", (await checkout.Assess(Checkout.Payment(Guid.NewGuid().ToString(), account: "a_8")))["decision"]);
        await using (var direct = await RedisLogs.Open(installation.Redis.Address, isComplete: false))
        {
            await Eventually.Holds("Redis is connected", () => Task.FromResult(direct.Redis.IsConnected));
            await direct.Redis.GetDatabase().ExecuteAsync("FLUSHALL");
        }
        await Eventually.Holds("the rebuilt log has them", async () => await Pay(checkout) == "decline");
    }

    [Fact]
    public async Task Record_ProcessDiesBeforeApplying_IsRepaired()
    {
        await using var installation = await Install();
        await Record(installation, FailedTwiceThenLeft, apply: false);
        await using (var postgres = installation.OpenPostgres())
        await using (var age = postgres.CreateCommand("UPDATE events SET received_at = received_at - interval '2 minutes'")) await age.ExecuteNonQueryAsync();
        using var checkout = new Checkout(installation, await installation.StartApi());
        await Eventually.Holds("the log has them", async () => await Pay(checkout) == "decline");
    }

    [Fact]
    public async Task Record_RolledBack_LeavesNothing()
    {
        await using var installation = await Install();
        await Record(installation, FailedTwiceThenLeft, apply: false, commit: false);
        Assert.Equal(0L, await AssessmentTests.Scalar(installation, "SELECT count(*) FROM events"));
    }

    [Theory]
    [InlineData("challenge.failed", "elsewhere", "unknown_type")]
    [InlineData("account.signed_in", "paymentguard", "invalid_field")]
    public async Task Events_ThatOnlyPaymentGuardSays_AreRefusedFromOutside(string type, string source, string code)
    {
        await using var installation = await Install();
        using var checkout = new Checkout(installation, await installation.StartApi());
        var json = $$"""{"specversion":"1.0","source":"{{source}}","id":"1","type":"{{type}}","time":"2026-01-01T00:00:00Z","data":{ "account": {"id":"a_7"} } }""";
        var answer = await checkout.Send(HttpMethod.Post, "/v1/events", new StringContent(json, Encoding.UTF8, "application/cloudevents+json"));
        Assert.Equal((HttpStatusCode.BadRequest, code), (answer.Status, answer["code"]!));
    }

    private async Task<Installation> Install()
    {
        var installation = await servers.Install();
        installation.WriteRule("failures.yaml", """
            id: failures
            action: decline
            when: account.challenge_failures(1h) >= 3 and account.events("challenge_abandoned", 1h) >= 1
            mode: live
            """);
        return installation;
    }

    private static async Task<string?> Pay(Checkout checkout) => (await checkout.Assess(Checkout.Payment(Guid.NewGuid().ToString())))["decision"];

    private static async Task Record(Installation installation, ChallengeSignal[] signals, bool apply, bool commit = true)
    {
        var settings = installation.ReadSettings();
        await using var logs = await RedisLogs.Open(installation.Redis.Address, isComplete: false);
        await Eventually.Holds("Redis is connected", () => Task.FromResult(logs.Redis.IsConnected));
        await using var services = new ServiceCollection().AddLogging(logging => logging.SetMinimumLevel(LogLevel.None))
            .AddPlatform(settings).AddRules(settings).AddVelocityRebuild()
            .AddSingleton<IVelocityStore>(logs.Store).AddSingleton<EventStore>().AddSingleton<ApplyEvents>().AddSingleton<ChallengeSignals>().BuildServiceProvider();
        await services.GetRequiredService<RuleSetFolder>().StartAsync(CancellationToken.None);
        var recorder = services.GetRequiredService<ChallengeSignals>();
        IReadOnlyList<PaymentEvent> recorded;
        await using (var connection = await services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            recorded = await recorder.Record(connection, signals, CancellationToken.None);
            if (commit) await transaction.CommitAsync();
        }
        if (apply) await recorder.Apply(recorded);
        await services.GetRequiredService<RuleSetFolder>().StopAsync(CancellationToken.None);
    }
}
