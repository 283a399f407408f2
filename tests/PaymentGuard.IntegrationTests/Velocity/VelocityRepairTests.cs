using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PaymentGuard.Domain.Velocity;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Platform;
using PaymentGuard.Rules;
using PaymentGuard.Tests.Velocity;
using PaymentGuard.Velocity;

namespace PaymentGuard.IntegrationTests.Velocity;

/// <summary>What the logs lost comes back from PostgreSQL, and until then velocities are unknown, through a real Api.</summary>
public sealed class VelocityRepairTests(TestServers servers)
{
    private const string CountsRule = """
        id: card-burst
        description: Three attempts, a decline and a password change
        action: decline
        when: card.count(365d) >= 3 and card.declines(365d) >= 1 and account.events("password_changed", 365d) >= 1
        reason_code: CARD_BURST
        mode: live
        owner: risk-team
        tests:
          - name: burst
            given: { card.count(365d): 3, card.declines(365d): 1, 'account.events("password_changed", 365d)': 1 }
            expect: match
        """;

    private int payments;

    [Fact]
    public async Task Redis_Emptied_IsRebuiltWithoutRestart()
    {
        await using var installation = await Install();
        using var checkout = new Checkout(installation, await installation.StartApi());
        await MakeHistory(checkout);
        await Execute(installation, "FLUSHALL");
        await Eventually.Holds("the next payment's velocities are not small but unknown", async () => (await Pay(checkout)) is ("review", true));
        await Eventually.Holds("all is counted again", async () => (await Pay(checkout)) is ("decline", false));
    }

    [Fact]
    public async Task Redis_RestartedEmptyWhilePaymentsGoOn_IsRebuilt()
    {
        await using var installation = await Install();
        using var checkout = new Checkout(installation, await installation.StartApi());
        await MakeHistory(checkout);
        await installation.Redis.Kill();
        for (var payment = 0; payment < 10; payment++) Assert.Equal(("review", true), await Pay(checkout));
        await installation.Redis.Start();
        await Eventually.Holds("all is counted again", async () => (await Pay(checkout)) is ("decline", false));
        await Eventually.Holds("nothing is noted as missing", async () => await Count(installation, "SELECT count(*) FROM assessments WHERE NOT velocity_applied") == 0);
    }

    [Fact]
    public async Task Append_ThatFailed_IsMadeGoodFromPostgres()
    {
        await using var installation = await Install();
        var api = await installation.StartApi();
        using var checkout = new Checkout(installation, api);
        await Execute(installation, "CONFIG", "SET", "maxmemory", "1");
        await MakeHistory(checkout);
        Assert.True(await Count(installation, "SELECT count(*) FROM assessments WHERE NOT velocity_applied") >= 3);
        // Another process knows of the failures from PostgreSQL alone.
        await api.Kill();
        using var other = new Checkout(installation, await installation.StartApi());
        Assert.Equal(("review", true), await Pay(other));
        await Execute(installation, "CONFIG", "SET", "maxmemory", "0");
        await Eventually.Holds("all is counted", async () => (await Pay(other)) is ("decline", false));
        await Eventually.Holds("nothing is noted as missing", async () =>
            await Count(installation, "SELECT (SELECT count(*) FROM assessments WHERE NOT velocity_applied) + (SELECT count(*) FROM events WHERE NOT applied)") == 0);
    }

    [Fact]
    public async Task Rebuild_TwiceWhilePaymentsGoOn_ChangesNothing()
    {
        await using var installation = await Install();
        using var checkout = new Checkout(installation, await installation.StartApi());
        await MakeHistory(checkout);
        using var end = new CancellationTokenSource();
        var traffic = Task.Run(async () => { while (!end.IsCancellationRequested) await Pay(checkout); });
        for (var round = 0; round < 2; round++)
        {
            var result = await Rebuild(installation);
            Assert.True(result is { Attempts: >= 3, Events: 2 }, result.ToString());
        }
        await end.CancelAsync();
        await traffic;
        await Eventually.Holds("all is counted again", async () => (await Pay(checkout)) is ("decline", false));
        Assert.Equal(await Count(installation, "SELECT count(*) FROM assessments"), await CountOfCard(installation));
    }

    private async Task<Installation> Install()
    {
        var installation = await servers.Install();
        installation.WriteRule("card-burst.yaml", CountsRule);
        return installation;
    }

    /// <summary>Three payments, one declined by the issuer, and a password change.</summary>
    private async Task MakeHistory(Checkout checkout)
    {
        for (var payment = 0; payment < 3; payment++) await Pay(checkout);
        await Tell(checkout, "payment.declined", new { payment = new { id = "p1" } });
        await Tell(checkout, "account.password_changed", new { account = new { id = "a_7" } });
    }

    private async Task<(string? Decision, bool IsDegraded)> Pay(Checkout checkout)
    {
        var answer = await checkout.Assess(Checkout.Payment($"p{Interlocked.Increment(ref payments)}"));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return (answer["decision"], answer.Json["degraded"]!.AsArray().Count > 0);
    }

    private static async Task Tell(Checkout checkout, string type, object data)
    {
        var json = JsonSerializer.Serialize(new { specversion = "1.0", source = "tests", id = type, type, time = TimeProvider.System.GetUtcNow(), data });
        var answer = await checkout.Send(HttpMethod.Post, "/v1/events", new StringContent(json, Encoding.UTF8, "application/cloudevents+json"));
        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
    }

    /// <summary>How many payments the log of the card counts.</summary>
    private static async Task<long> CountOfCard(Installation installation)
    {
        await using var logs = await RedisLogs.Open(installation.Redis.Address, isComplete: false);
        await Eventually.Holds("the logs are complete", async () => { await logs.Look(); return logs.EpochState.IsComplete; });
        var world = new VelocityWorld(logs.Store, VelocityWorld.Card(VelocityAggregate.Count, 365L * 86_400_000))
        {
            Hasher = new EntityHasher(DataKeys.Load(installation.ReadSettings().KeyFile).Derive("velocity")),
        };
        var now = (TimeProvider.System.GetUtcNow() - VelocityWorld.Start).TotalMilliseconds;
        return (await world.Look((long)now, VelocityWorld.Payment("looks", card: "tok_a_7"))).Value()!.Value;
    }

    private static async Task<RebuildResult> Rebuild(Installation installation)
    {
        var settings = installation.ReadSettings();
        var services = new ServiceCollection().AddLogging(logging => logging.SetMinimumLevel(LogLevel.None));
        await using var provider = services.AddPlatform(settings).AddRules(settings).AddVelocityRebuild().BuildServiceProvider();
        await provider.GetRequiredService<RuleSetFolder>().StartAsync(CancellationToken.None);
        return await provider.GetRequiredService<VelocityRebuild>().Run(new Progress<double>(), CancellationToken.None);
    }

    private static async Task<long> Count(Installation installation, string sql)
    {
        await using var postgres = installation.OpenPostgres();
        await using var command = postgres.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync());
    }

    private static async Task Execute(Installation installation, string command, params object[] arguments)
    {
        await using var direct = await RedisLogs.Open(installation.Redis.Address, isComplete: false);
        await Eventually.Holds("Redis is connected", () => Task.FromResult(direct.Redis.IsConnected));
        await direct.Redis.GetDatabase().ExecuteAsync(command, arguments);
    }
}
