using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PaymentGuard.Cli.LocalServers;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Challenges;

/// <summary>An account and what its owner does, through checkout and the account page.</summary>
internal sealed partial class Buyer(Installation installation, ApiProcess api, string account) : IDisposable
{
    private static int count;

    private readonly HttpClient client = new() { BaseAddress = api.Url, Timeout = TimeSpan.FromSeconds(60) };
    private readonly string token = installation.Tokens.SignAs("shop", "risk:assess", "risk:read", "challenges:write", "factors:write");

    /// <summary>An account that nobody has used.</summary>
    public static Buyer New(Installation installation, ApiProcess api) => new(installation, api, $"buyer_{Interlocked.Increment(ref count)}");

    public string Account => account;

    public string Factors => $"/v1/accounts/{account}/factors";

    /// <summary>Null until <see cref="Enrol"/>.</summary>
    public AuthenticatorApp App { get; private set; } = null!;

    public string FactorId { get; private set; } = "";

    public Task<Answer> Get(string path) => Send(HttpMethod.Get, path, null);

    public Task<Answer> Post(string path, object body, string? idempotencyKey = null) => Send(HttpMethod.Post, path, body, idempotencyKey);

    /// <summary>The account has an authenticator app from now on.</summary>
    /// <param name="step">Of the confirming code, as seen from now.</param>
    public async Task Enrol(int step = 0)
    {
        var begun = Must(HttpStatusCode.Created, await Post($"{Factors}/totp", new { }));
        (App, FactorId) = (new AuthenticatorApp(begun["secret"]!), begun["id"]!);
        Must(HttpStatusCode.OK, await Confirm(FactorId, App.Code(step)));
    }

    public Task<Answer> Confirm(string factorId, string code) => Post($"{Factors}/{factorId}/confirm", new { code });

    public Task<Answer> Remove(string factorId, string? proof) => Post($"{Factors}/{factorId}/remove", new { proof });

    public Task<Answer> MakeRecoveryCodes(string? proof = null) => Post($"/v1/accounts/{account}/recovery-codes", new { proof });

    /// <summary>Opens a challenge for an act of the account; its id.</summary>
    public async Task<string> Challenge(string action = "change_trusted_payees", object? parameters = null) =>
        Must(HttpStatusCode.Created, await Post("/v1/challenges", new { accountId = account, action, parameters = parameters ?? new { } }))["id"]!;

    public Task<Answer> Answer(string challengeId, object answer) => Post($"/v1/challenges/{challengeId}/answers", answer);

    /// <summary>A proof for an act, with the app's code of now.</summary>
    public async Task<string> Prove(string action, object? parameters = null)
    {
        await LetTimePass();
        return Must(HttpStatusCode.OK, await Answer(await Challenge(action, parameters), new { totp = App.Code() }))["proof"]!;
    }

    /// <summary>As if the last code had been used five minutes ago, so that the code of now is a new one, and its owner had made no mistakes.</summary>
    public Task LetTimePass() => Execute(
        $"UPDATE factors SET totp_last_step = totp_last_step - 10 WHERE account_id = '{account}'; UPDATE accounts SET failures = 0, locked_until = NULL, lock_seconds = 0 WHERE id = '{account}'");

    public async Task Execute(string sql)
    {
        await using var postgres = installation.OpenPostgres();
        await using var command = postgres.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A number out of the database.</summary>
    public async Task<long> Count(string sql) => (long)(await AssessmentTests.Scalar(installation, sql))!;

    /// <summary>How many audit entries of the account have this action, or this word in their details.</summary>
    public Task<long> Audited(string action, string word = "") =>
        Count($"SELECT count(*) FROM audit_entries WHERE account_id = '{account}' AND action = '{action}' AND details LIKE '%{word}%'");

    public Task<long> Told(string kind) => Count($"SELECT count(*) FROM notifications WHERE account_id = '{account}' AND kind = '{kind}'");

    /// <summary>The last message of a kind, once the account's owner has it; its JSON.</summary>
    public async Task<JsonNode> Message(string kind, string channel)
    {
        JsonNode? found = null;
        await Eventually.Holds($"{kind} came by {channel}", async () =>
        {
            found = (await installation.ReadMessages()).Select(line => JsonNode.Parse(line)!).LastOrDefault(
                message => (string?)message["accountId"] == account && (string?)message["kind"] == kind && (string?)message["channel"] == channel);
            return found is not null;
        });
        return found!;
    }

    /// <summary>The code in the last message of a kind.</summary>
    public async Task<string> SentCode(string kind, string channel) => SixDigits().Match((string)(await Message(kind, channel))["text"]!).Value;

    public static Answer Must(HttpStatusCode status, Answer answer)
    {
        Assert.True(answer.Status == status, $"{answer.Status} instead of {status}: {answer.Text}");
        return answer;
    }

    public static void MustRefuse(int status, string code, Answer answer)
    {
        Assert.True((int)answer.Status == status && answer["code"] == code, $"{answer.Status} instead of {status} {code}: {answer.Text}");
        AssessmentTests.AssertProblem(answer);
    }

    public void Dispose() => client.Dispose();

    [GeneratedRegex("(?<![0-9])[0-9]{6}(?![0-9])")]
    private static partial Regex SixDigits();

    private async Task<Answer> Send(HttpMethod method, string path, object? body, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path);
        var json = body as string ?? (body is null ? null : JsonSerializer.Serialize(body));
        if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await client.SendAsync(request);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers, response.Content.Headers);
    }
}
