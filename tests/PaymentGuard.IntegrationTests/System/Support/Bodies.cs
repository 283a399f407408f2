using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>Requests and events as callers write them.</summary>
internal static class Bodies
{
    /// <summary>Long enough that a machine under load answers in time; tests of deadlines say their own.</summary>
    private const int DeadlineMs = 2_000;

    private static int count;

    /// <summary>A name that no other test of the run uses.</summary>
    public static string NewName(string kind) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}_{Interlocked.Increment(ref count)}");

    /// <summary>A payment with a card, on a merchant.</summary>
    /// <param name="occurredAt">Null: it is not told.</param>
    public static JsonObject Payment(
        string id, string card, string? account = null, string merchant = "m_1", string device = "d_1", long minor = 1_250,
        DateTimeOffset? occurredAt = null, int deadlineMs = DeadlineMs)
    {
        var payment = new JsonObject { ["id"] = id, ["amount"] = new JsonObject { ["minor"] = minor, ["currency"] = "EUR" } };
        if (occurredAt is { } time) payment["occurredAt"] = Time(time);
        return new JsonObject
        {
            ["payment"] = payment,
            ["merchant"] = new JsonObject { ["id"] = merchant },
            ["account"] = new JsonObject { ["id"] = account ?? "a_" + card },
            ["card"] = new JsonObject { ["token"] = card },
            ["device"] = new JsonObject { ["id"] = device },
            ["deadlineMs"] = deadlineMs,
        };
    }

    /// <summary>A payment that tells everything that can be told.</summary>
    public static JsonObject FullPayment(string id) => JsonNode.Parse(
        $$"""
        { "payment": { "id": "{{id}}", "occurredAt": "2026-01-21T10:00:00Z", "amount": { "minor": 125000, "currency": "CNY" }, "channel": "web" },
          "merchant": { "id": "m_5", "category": "5732", "country": "CN" },
          "account": { "id": "a_{{id}}", "createdAt": "2024-05-01T00:00:00Z", "email": "a@example.com", "phone": "+8613800000000", "country": "CN" },
          "card": { "token": "tok_{{id}}", "bin": "622202", "last4": "1234", "country": "CN" },
          "device": { "id": "d_{{id}}", "ip": "203.0.113.9", "userAgent": "Mozilla/5.0", "language": "zh-CN" },
          "shipping": { "country": "CN", "city": "Shenzhen", "postalCode": "518000" },
          "billing": { "country": "CN", "city": "Beijing", "postalCode": "100000" },
          "deadlineMs": {{DeadlineMs}} }
        """)!.AsObject();

    /// <summary>A CloudEvent.</summary>
    /// <param name="id">Null: a new one.</param>
    public static JsonObject Event(string type, JsonObject data, DateTimeOffset time, string? id = null) => new()
    {
        ["specversion"] = "1.0",
        ["type"] = type,
        ["source"] = "/shop",
        ["id"] = id ?? NewName("e"),
        ["time"] = Time(time),
        ["data"] = data.DeepClone(),
    };

    /// <summary>An event that asks for a decision, as <c>POST /v1/assessments</c> does with the same data.</summary>
    public static JsonObject Attempted(JsonObject data, DateTimeOffset time) => Event("payment.attempted", data, time);

    /// <summary>What became of a payment.</summary>
    public static JsonObject Outcome(string type, string paymentId, DateTimeOffset time) =>
        Event(type, new JsonObject { ["payment"] = new JsonObject { ["id"] = paymentId } }, time);

    public static byte[] Bytes(JsonNode body) => JsonSerializer.SerializeToUtf8Bytes(body);

    public static byte[] Utf8(this string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A copy in which the value at a JSON Pointer is another; objects on the way to it are made where they are absent.</summary>
    /// <param name="value">Null removes the value.</param>
    public static JsonObject With(this JsonObject body, string pointer, JsonNode? value)
    {
        var copy = body.DeepClone().AsObject();
        var names = pointer[1..].Split('/');
        var parent = names.SkipLast(1).Aggregate(copy, (node, name) => (node[name] ??= new JsonObject()).AsObject());
        if (value is null) parent.Remove(names[^1]);
        else parent[names[^1]] = value;
        return copy;
    }

    /// <summary>JSON Pointers of all values that are no objects.</summary>
    public static IEnumerable<string> Leaves(JsonObject body, string at = "") =>
        body.SelectMany(member => member.Value is JsonObject inner ? Leaves(inner, $"{at}/{member.Key}") : [$"{at}/{member.Key}"]);

    private static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
