using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>What the service answered.</summary>
internal sealed record Answer(int Status, byte[] Body, HttpResponseHeaders Headers, string? ContentType)
{
    private readonly Lazy<JsonElement> json = new(() => JsonSerializer.Deserialize<JsonElement>(Body));

    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => json.Value;

    public string Id => Json.GetProperty("id").GetString()!;

    public string PaymentId => Json.GetProperty("paymentId").GetString()!;

    public string Decision => Json.GetProperty("decision").GetString()!;

    public bool Recorded => Json.GetProperty("recorded").GetBoolean();

    public string RuleSet => Json.GetProperty("ruleSet").GetString()!;

    public double ElapsedMs => Json.GetProperty("elapsedMs").GetDouble();

    /// <summary>What was unknown, such as <c>velocity.card</c>.</summary>
    public IReadOnlyList<string> Degraded => [.. Json.GetProperty("degraded").EnumerateArray().Select(name => name.GetString()!)];

    /// <summary>The reason codes of all hits, sorted.</summary>
    public IReadOnlyList<string> Codes =>
        [.. Json.GetProperty("reasons").EnumerateArray().Select(reason => reason.GetProperty("code").GetString()!).Order(StringComparer.Ordinal)];

    /// <summary>The answer as it is once it is recorded: all of it but <c>recorded</c> must be the same every time.</summary>
    public string OnceRecorded => Text.Replace("\"recorded\":false", "\"recorded\":true", StringComparison.Ordinal);

    /// <summary>A problem's code.</summary>
    public string Code => Json.GetProperty("code").GetString()!;

    /// <summary>The JSON Pointers of a problem's errors, sorted.</summary>
    public IReadOnlyList<string> Pointers => Json.TryGetProperty("errors", out var errors)
        ? [.. errors.EnumerateArray().Select(error => error.GetProperty("pointer").GetString()!).Order(StringComparer.Ordinal)]
        : [];

    public override string ToString() => $"{Status} {Text}";

    /// <summary>Fails the test unless this is a decision.</summary>
    public Answer MustBeDecision()
    {
        Assert.True(Status == 200, $"A decision was expected: {this}");
        return this;
    }

    /// <summary>Fails the test unless this is a problem in the form that every error has.</summary>
    public Answer MustBeProblem(string of)
    {
        Assert.True(Status is >= 400 and < 500, $"{of}: a refusal was expected: {this}");
        Assert.True(ContentType == "application/problem+json", $"{of}: {ContentType} is not application/problem+json: {this}");
        foreach (var name in (string[])["type", "title", "code"])
            Assert.True(Json.GetProperty(name).GetString() is { Length: > 0 }, $"{of}: the problem lacks {name}: {this}");
        Assert.Equal(Status, Json.GetProperty("status").GetInt32());
        return this;
    }
}
