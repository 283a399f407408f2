using System.Net;
using System.Text.Json;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.IntegrationTests.SystemTests.Support;

namespace PaymentGuard.IntegrationTests.Notifications;

public sealed class NoticeEndpointsTests(TestServers servers)
{
    [Fact]
    public async Task Get_Guide_GivesTextsInTheLanguagesAskedFor()
    {
        await using var installation = await servers.Install();
        installation.AddRule("none", "observe", "amount > 0 EUR");
        var api = await installation.StartApi();
        using var reader = installation.Client(api, "risk:read");
        var all = await Get(reader, "/v1/notices", HttpStatusCode.OK);
        Assert.Equal(["not_me", "never_share_codes", "how_you_are_protected", "account_frozen"], all.EnumerateArray().Select(notice => notice.GetProperty("id").GetString()));
        var one = await Get(reader, "/v1/notices/never_share_codes", HttpStatusCode.OK);
        Assert.Equal("验证码不要告诉任何人", one.GetProperty("title").GetProperty("zh").GetString());
        Assert.Equal("Never give a code to anybody", one.GetProperty("title").GetProperty("en").GetString());
        Assert.Contains("验证码不要告诉任何人", await reader.GetStringAsync("/v1/notices"), StringComparison.Ordinal);
        var english = await Get(reader, "/v1/notices/how_you_are_protected?language=en", HttpStatusCode.OK);
        Assert.Contains("within 7 working days", english.GetProperty("text").GetProperty("en").GetString(), StringComparison.Ordinal);
        Assert.False(english.GetProperty("text").TryGetProperty("zh", out _));
        Assert.Equal("not_found", (await Get(reader, "/v1/notices/nothing", HttpStatusCode.NotFound)).GetProperty("code").GetString());
        Assert.Equal("invalid_field", (await Get(reader, "/v1/notices/not_me?language=fr", HttpStatusCode.BadRequest)).GetProperty("code").GetString());
        using var other = installation.Client(api, "risk:assess");
        await Get(other, "/v1/notices", HttpStatusCode.Forbidden);
        await Get(other, "/v1/notices/not_me", HttpStatusCode.Forbidden);
        var paths = (await Get(reader, "/openapi/v1.json", HttpStatusCode.OK)).GetProperty("paths");
        Assert.True(paths.TryGetProperty("/v1/notices", out _) && paths.TryGetProperty("/v1/notices/{id}", out _));
    }

    private static async Task<JsonElement> Get(HttpClient client, string path, HttpStatusCode expected)
    {
        using var response = await client.GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{path}: {(int)response.StatusCode} {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
}
