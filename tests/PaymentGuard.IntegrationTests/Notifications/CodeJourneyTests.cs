using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.IntegrationTests.SystemTests.Support;

namespace PaymentGuard.IntegrationTests.Notifications;

/// <summary>A buyer who changes his account: is sent a code, and proves himself with it.</summary>
public sealed class CodeJourneyTests(TestServers servers)
{
    [Fact]
    public async Task Send_OpenChallenge_BringsACodeThatIsGoodForIt()
    {
        await using var installation = await servers.Install();
        installation.AddRule("none", "observe", "amount > 0 EUR");
        var api = await installation.StartApi();
        await using var outgoing = new Outgoing(installation);
        await outgoing.AddContact("a_7", "email", "a@example.com");
        using var checkout = installation.Client(api, "challenges:write");
        var challenge = await Post(checkout, "/v1/challenges", new { accountId = "a_7", action = "change_trusted_payees", parameters = new { payee = "m_5" } });
        Assert.Equal(["not_me", "never_share_codes"], challenge.GetProperty("notices").EnumerateArray().Select(id => id.GetString()));
        var id = challenge.GetProperty("id").GetString();
        var watch = Stopwatch.StartNew();
        await Post(checkout, $"/v1/challenges/{id}/send", new { method = "email" });
        await Eventually.Holds("the code is there", async () => (await Outgoing.InFile(installation)).Count == 1);
        TestContext.Current.SendDiagnosticMessage("The code came after {0} ms", watch.ElapsedMilliseconds);
        var message = Assert.Single(await Outgoing.InFile(installation));
        var text = message.GetProperty("text").GetString()!;
        Assert.Contains("for changing your trusted payees, valid for 5 minutes", text, StringComparison.Ordinal);
        var code = text.Split("Code ")[1][..6];
        var proof = await Post(checkout, $"/v1/challenges/{id}/answers", new { sentCode = code });
        Assert.Equal("email", proof.GetProperty("method").GetString());
    }

    private static async Task<JsonElement> Post(HttpClient client, string path, object body)
    {
        using var response = await client.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
}
