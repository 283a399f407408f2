using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Sca;

/// <summary>What an answer says about strong authentication.</summary>
internal sealed record ScaAnswer(string Decision, bool Required, string? Exemption, string? Reason, JsonNode Json)
{
    public (string Decision, string? Why) Short => (Decision, Exemption ?? Reason);
}

/// <summary>An installation with the shipped limits, and payments that tell <c>sca</c>.</summary>
internal sealed class ScaCheckout(Installation installation, Checkout checkout) : IDisposable
{
    private const string Watched = """
        id: watched
        description: Finds something in one channel
        action: observe
        when: channel = "risky"
        reason_code: WATCHED
        mode: shadow
        owner: tests
        """;

    private static int payments;

    /// <summary>The account that pays unless another is told; no other checkout has it.</summary>
    public string Account { get; } = $"a_{Interlocked.Increment(ref payments)}";

    public Checkout Checkout => checkout;

    /// <param name="counter">count, amount.</param>
    public static async Task<Installation> Install(TestServers servers, string counter = "count", bool ownPostgres = false)
    {
        var installation = await Checkout.Install(servers, ownPostgres);
        installation.WriteRule("watched.yaml", Watched);
        installation.WriteRule("rates.csv", "currency,rate,from\nGBP,1.2,2020-01-01\n");
        string[] findings = ["abnormal_spending_or_behaviour", "unusual_device_or_software", "malware_in_session", "known_fraud_scenario", "abnormal_payer_location", "high_risk_payee_location"];
        installation.WriteRule("sca.yaml", $"""
            counter: {counter}
            low_value:
              - {"{"} region: EU, amount_max: 30 EUR, cumulative_max: 100 EUR, count_max: 5 {"}"}
            tra:
              - {"{"} instrument: card, amount_max: 100 EUR, fraud_rate_max: 0.13% {"}"}
              - {"{"} instrument: card, amount_max: 250 EUR, fraud_rate_max: 0.06% {"}"}
            findings:
              {string.Join("\n  ", findings.Select(finding => $"{finding}: [watched]"))}
            """);
        return installation;
    }

    /// <summary>Starts an Api for it.</summary>
    public static async Task<ScaCheckout> Start(Installation installation) => new(installation, new Checkout(installation, await installation.StartApi()));

    public static string Payment(
        string id, long minor, object? sca, string account = "a_0", string? payee = "m_1", string channel = "web", string currency = "EUR", DateTimeOffset? at = null) => JsonSerializer.Serialize(
        new
        {
            payment = new { id, amount = new { minor, currency }, channel, occurredAt = at?.ToString("O", CultureInfo.InvariantCulture) },
            account = new { id = account, email = "buyer@example.com" },
            merchant = payee is null ? null : new { id = payee },
            card = new { token = "tok_" + account },
            sca,
            deadlineMs = 2_000,
        },
        new JsonSerializerOptions { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull });

    /// <summary>A payment with a name of its own.</summary>
    public Task<ScaAnswer> Pay(long minor, object? sca = null, string? account = null, string? payee = "m_1", string channel = "web", string currency = "EUR") =>
        Assess(Payment($"pay_{Interlocked.Increment(ref payments)}", minor, sca ?? new { }, account ?? Account, payee, channel, currency));

    public async Task<ScaAnswer> Assess(string json)
    {
        var answer = await checkout.Assess(json);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        var sca = answer.Json["sca"]!;
        return new ScaAnswer(answer["decision"]!, (bool)sca["required"]!, (string?)sca["exemption"], (string?)sca["reason"], answer.Json);
    }

    /// <summary>What a redeemed proof leaves behind: only the counting is looked at here, not how it was proved.</summary>
    public Task Redeem(ScaAnswer answer, bool sca) => Execute(
        $"UPDATE challenges SET state = 'redeemed', sca = {sca}, method = 'passkey', answered_at = now(), redeemed_at = now() WHERE assessment_id = '{(string)answer.Json["id"]!}'".Replace("asm_", ""));

    /// <summary>Sends an outcome of a payment.</summary>
    public async Task Tell(string type, string paymentId, DateTimeOffset? at = null)
    {
        var body = new StringContent(new JsonObject
        {
            ["specversion"] = "1.0", ["id"] = Guid.NewGuid().ToString(), ["source"] = "/tests", ["type"] = type, ["datacontenttype"] = "application/json",
            ["time"] = (at ?? TimeProvider.System.GetUtcNow()).ToString("O", CultureInfo.InvariantCulture),
            ["data"] = new JsonObject { ["payment"] = new JsonObject { ["id"] = paymentId } },
        }.ToJsonString(), Encoding.UTF8, "application/cloudevents+json");
        var answer = await checkout.Send(HttpMethod.Post, "/v1/events", body);
        Assert.True(answer.Status == HttpStatusCode.Accepted, answer.Text);
    }

    public async Task Execute(string sql)
    {
        await using var postgres = installation.OpenPostgres();
        await using var command = postgres.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public void Dispose() => checkout.Dispose();
}

/// <summary>A running Api that counts payments, for the tests of a class that break nothing.</summary>
public sealed class ScaScenario(TestServers servers) : IAsyncLifetime
{
    private Installation installation = null!;
    private ApiProcess api = null!;

    public async ValueTask InitializeAsync()
    {
        installation = await ScaCheckout.Install(servers);
        api = await installation.StartApi();
    }

    public ValueTask DisposeAsync() => installation.DisposeAsync();

    internal ScaCheckout Shop() => new(installation, new Checkout(installation, api));
}
