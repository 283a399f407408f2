using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Accounts;

/// <summary>Calls the routes of accounts, as staff or as the account page; each call with a token of its own.</summary>
internal sealed class AccountPage(Installation installation, ApiProcess api) : IDisposable
{
    private readonly HttpClient client = new() { BaseAddress = api.Url, Timeout = TimeSpan.FromSeconds(30) };

    public Task<(HttpStatusCode Status, JsonNode? Body)> Freeze(string account, string body = """{"reason":"seen"}""", string scope = "accounts:freeze") =>
        Post($"/v1/accounts/{account}/freeze", body, "staff-1", scope);

    public Task<(HttpStatusCode Status, JsonNode? Body)> Get(string path) => Send(HttpMethod.Get, path, null, "staff-1", "risk:read");

    public Task<(HttpStatusCode Status, JsonNode? Body)> Post(string path, string body, string subject, params string[] scopes) =>
        Send(HttpMethod.Post, path, body, subject, scopes);

    public async Task<object?> Scalar(string sql)
    {
        await using var postgres = installation.OpenPostgres();
        await using var command = postgres.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public async Task Execute(string sql)
    {
        await using var postgres = installation.OpenPostgres();
        await using var command = postgres.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public void Dispose() => client.Dispose();

    private async Task<(HttpStatusCode, JsonNode?)> Send(HttpMethod method, string path, string? body, string subject, params string[] scopes)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", installation.Tokens.SignAs(subject, scopes));
        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }
}
