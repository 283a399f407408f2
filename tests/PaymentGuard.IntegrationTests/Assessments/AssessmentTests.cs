using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.Assessments;

/// <summary>One payment, one decision, over HTTP.</summary>
public sealed class AssessmentTests(TestServers servers)
{
    [Fact]
    public async Task Assess_NewPayment_IsRecordedAndCanBeReadAgain()
    {
        await using var installation = await Checkout.Install(servers);
        using var checkout = new Checkout(installation, await installation.StartApi());
        var answer = await checkout.Assess(Checkout.Payment("pay_1"));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("approve", answer["decision"]);
        Assert.True(answer.IsRecorded);
        Assert.StartsWith("asm_", answer["id"], StringComparison.Ordinal);
        Assert.Equal(answer.Text, (await checkout.Get(answer["id"]!)).Text);
        Assert.Equal(HttpStatusCode.NotFound, (await checkout.Get("asm_00000000000000000000000000000000")).Status);
    }

    [Fact]
    public async Task Assess_RuleHits_IsAmongTheReasons()
    {
        await using var installation = await Checkout.Install(servers);
        using var checkout = new Checkout(installation, await installation.StartApi());
        var answer = await checkout.Assess(Checkout.Payment("pay_1", minor: 500_001));
        Assert.Equal("review", answer["decision"]);
        Assert.Equal("""[{"code":"HIGH_AMOUNT","rule":"high-amount","mode":"live"}]""", answer.Json["reasons"]!.ToJsonString());
        Assert.Empty(answer.Json["degraded"]!.AsArray());
        Assert.StartsWith("sha256:", answer["ruleSet"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Assess_SamePaymentManyTimesAtTwoProcesses_HasOneAnswer()
    {
        await using var installation = await Checkout.Install(servers);
        using var first = new Checkout(installation, await installation.StartApi());
        using var second = new Checkout(installation, await installation.StartApi());
        for (var payment = 0; payment < 5; payment++)
        {
            var json = Checkout.Payment($"pay_{payment}");
            var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(request => (request % 2 == 0 ? first : second).Assess(json)));
            Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
            Assert.Single(answers.Select(answer => answer.Lasting).Distinct());
        }
        Assert.Equal(5L, await Scalar(installation, "SELECT count(*) FROM assessments"));
    }

    [Fact]
    public async Task Assess_SameContentSpelledOtherwise_HasTheSameAnswer()
    {
        await using var installation = await Checkout.Install(servers);
        using var checkout = new Checkout(installation, await installation.StartApi());
        var first = await checkout.Assess("""{"payment":{"id":"p","amount":{"minor":1000,"currency":"EUR"},"occurredAt":"2026-01-01T10:00:00Z"},"account":{"id":"a"},"deadlineMs":2000}""");
        var second = await checkout.Assess("""{ "account": { "id": "\u0061", "email": null }, "payment": { "occurredAt": "2026-01-01T11:00:00.000+01:00", "amount": { "currency": "EUR", "minor": 1e3 }, "id": "p" } }""");
        Assert.Equal(first.Text, second.Text);
    }

    [Fact]
    public async Task Assess_OtherContentForAPayment_NamesTheDifferingFields()
    {
        await using var installation = await Checkout.Install(servers);
        using var checkout = new Checkout(installation, await installation.StartApi());
        await checkout.Assess(Checkout.Payment("pay_1"));
        var answer = await checkout.Assess(Checkout.Payment("pay_1", minor: 1_001, account: "a_8"));
        Assert.Equal(HttpStatusCode.Conflict, answer.Status);
        Assert.Equal("payment_content_differs", answer["code"]);
        Assert.Equal(["/account/id", "/card/token", "/payment/amount/minor"], answer.Pointers);
        AssertProblem(answer);
    }

    [Fact]
    public async Task Assess_AnyVectorAsBody_IsRefusedAsProblem()
    {
        await using var installation = await Checkout.Install(servers);
        using var checkout = new Checkout(installation, await installation.StartApi());
        foreach (var line in File.ReadLines(PaymentGuard.Tests.Shared.File("vectors/json/parsing.jsonl")))
        {
            using var body = new ByteArrayContent(Convert.FromBase64String((string)JsonNode.Parse(line)!["base64"]!));
            body.Headers.ContentType = new("application/json");
            var answer = await checkout.Send(HttpMethod.Post, "/v1/assessments", body);
            Assert.True(answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge, line);
            AssertProblem(answer);
        }
    }

    [Fact]
    public async Task Assess_NaughtyStringInEveryTextField_IsNeverAServerError()
    {
        await using var installation = await Checkout.Install(servers);
        using var checkout = new Checkout(installation, await installation.StartApi());
        var texts = JsonSerializer.Deserialize<string[]>(await File.ReadAllBytesAsync(PaymentGuard.Tests.Shared.File("vectors/json/naughty-strings.json")))!;
        string[] fields = ["/payment/id", "/payment/channel", "/account/id", "/account/email", "/account/phone", "/merchant/id", "/card/token", "/device/id", "/device/ip", "/device/userAgent", "/shipping/city", "/unknown"];
        await Parallel.ForEachAsync(texts.SelectMany(text => fields.Select(field => (text, field))), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (item, _) =>
        {
            var answer = await checkout.Assess(With(item.field, item.text));
            Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.BadRequest or HttpStatusCode.Conflict, $"{item.field}: {item.text}: {answer.Text}");
        });
    }

    [Fact]
    public async Task Assess_WhatTheFrameworkRefuses_IsAProblemToo()
    {
        await using var installation = await Checkout.Install(servers);
        using var checkout = new Checkout(installation, await installation.StartApi());
        await Refused(HttpStatusCode.RequestEntityTooLarge, "too_large", HttpMethod.Post, "/v1/assessments", Json(new string(' ', 65 * 1024)));
        await Refused(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type", HttpMethod.Post, "/v1/assessments", new StringContent("{}", Encoding.UTF8, "text/plain"));
        await Refused(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type", HttpMethod.Post, "/v1/assessments", null);
        await Refused(HttpStatusCode.MethodNotAllowed, "method_not_allowed", HttpMethod.Delete, "/v1/assessments", null);
        await Refused(HttpStatusCode.NotFound, "not_found", HttpMethod.Get, "/v1/nothing", null);
        await Refused(HttpStatusCode.NotFound, "not_found", HttpMethod.Get, "/v1/assessments/x", null);

        async Task Refused(HttpStatusCode status, string code, HttpMethod method, string path, HttpContent? body)
        {
            var answer = await checkout.Send(method, path, body);
            Assert.Equal((status, code), (answer.Status, answer["code"]!));
            AssertProblem(answer);
        }
    }

    [Fact]
    public async Task Answers_Always_AreNotCachedAndTellNoServer()
    {
        await using var installation = await Checkout.Install(servers);
        using var checkout = new Checkout(installation, await installation.StartApi());
        var answer = await checkout.Assess(Checkout.Payment("pay_1"));
        Assert.True(answer.Headers.CacheControl!.NoStore);
        Assert.False(answer.Headers.Contains("Server"));
    }

    internal static void AssertProblem(Answer answer)
    {
        Assert.Equal("application/problem+json", answer.ContentHeaders.ContentType?.MediaType);
        Assert.Equal($"urn:paymentguard:problem:{answer["code"]}", answer["type"]);
        Assert.Equal((int)answer.Status, (int)answer.Json["status"]!);
        Assert.NotNull(answer["title"]);
    }

    internal static async Task<object?> Scalar(Installation installation, string sql)
    {
        await using var postgres = installation.OpenPostgres();
        await using var command = postgres.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static string With(string pointer, string text)
    {
        var root = JsonNode.Parse(Checkout.Payment(Guid.NewGuid().ToString()))!.AsObject();
        var parts = pointer.Split('/')[1..];
        var parent = root;
        foreach (var name in parts[..^1]) parent = (parent[name] ??= new JsonObject()).AsObject();
        parent[parts[^1]] = text;
        return root.ToJsonString();
    }
}
