using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.Assessments;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Assessments;

/// <param name="Text">The body, as it came.</param>
internal sealed record Answer(HttpStatusCode Status, string Text, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public string? this[string field] => (string?)Json[field]?.ToString();

    public bool IsRecorded => (bool)Json["recorded"]!;

    public IReadOnlyList<string> Pointers => [.. Json["errors"]!.AsArray().Select(error => (string)error!["pointer"]!)];

    /// <summary>The answer's bytes, whether it was recorded or not.</summary>
    public string Lasting => Text.Replace("\"recorded\":false", "\"recorded\":true", StringComparison.Ordinal);
}

/// <summary>Asks an Api for decisions, as checkout does.</summary>
internal sealed class Checkout(Installation installation, ApiProcess api) : IDisposable
{
    private readonly HttpClient client = new() { BaseAddress = api.Url, Timeout = TimeSpan.FromSeconds(30) };
    private readonly string checkoutToken = installation.Tokens.Sign();

    /// <summary>An installation with two rules.</summary>
    public static async Task<Installation> Install(TestServers servers, bool ownPostgres = false)
    {
        var installation = await servers.Install(new InstallationOptions(OwnPostgres: ownPostgres));
        installation.WriteRule("high-amount.yaml", """
            id: high-amount
            description: More than a buyer pays at once
            action: review
            when: amount > 5000 EUR
            reason_code: HIGH_AMOUNT
            mode: live
            owner: risk-team
            tests:
              - name: above
                given: { amount: 5000.01 EUR }
                expect: match
            """);
        return installation;
    }

    public static string Payment(string id, long minor = 1_000, int deadlineMs = 2_000, string account = "a_7") => JsonSerializer.Serialize(new
    {
        payment = new { id, amount = new { minor, currency = "EUR" } },
        account = new { id = account, email = "buyer@example.com" },
        card = new { token = "tok_" + account },
        deadlineMs,
    });

    public Task<Answer> Assess(string json) => Send(HttpMethod.Post, "/v1/assessments", new StringContent(json, Encoding.UTF8, "application/json"));

    public Task<Answer> Get(string id) => Send(HttpMethod.Get, $"/v1/assessments/{id}");

    /// <param name="token">Null: checkout's own; empty: none.</param>
    public async Task<Answer> Send(HttpMethod method, string path, HttpContent? body = null, string? token = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        // A refusal for length is read before the body is sent into a closed connection.
        request.Headers.ExpectContinue = body?.Headers.ContentLength > PaymentJson.BytesMax;
        if (token is not "") request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token ?? checkoutToken);
        using var response = await client.SendAsync(request);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers, response.Content.Headers);
    }

    public void Dispose() => client.Dispose();
}
