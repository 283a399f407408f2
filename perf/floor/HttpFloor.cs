using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Floor;

/// <summary>An answer of the service's shape and size.</summary>
internal sealed record FloorAnswer(
    string Id, string PaymentId, string Decision, int Score, IReadOnlyList<FloorReason> Reasons, IReadOnlyList<string> Degraded,
    bool Recorded, string RuleSet, double ElapsedMs);

internal sealed record FloorReason(string Code, string Rule, string Mode);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PaymentAttempt))]
[JsonSerializable(typeof(FloorAnswer))]
internal sealed partial class FloorJson : JsonSerializerContext;

/// <summary>Kestrel, the same JSON in and out, the same Redis pipeline, and nothing else: no token, no rules, no PostgreSQL.</summary>
internal static class HttpFloor
{
    private static readonly FloorReason[] Reasons = [new("MANY_PAYMENTS_ON_ONE_CARD", "many-payments-on-one-card", "live")];
    private static readonly string RuleSet = "sha256:" + new string('0', 64);

    public static Task Run(RedisPipeline redis, string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapPost("/v1/assessments", context => Answer(context, redis));
        return app.RunAsync(url);
    }

    private static async Task Answer(HttpContext context, RedisPipeline redis)
    {
        var started = Stopwatch.GetTimestamp();
        var attempt = await JsonSerializer.DeserializeAsync(context.Request.BodyReader, FloorJson.Default.PaymentAttempt);
        var bytes = await redis.AppendAndRead(attempt!);
        var answer = new FloorAnswer(
            $"asm_{Guid.CreateVersion7():N}", attempt!.Payment.Id, "approve", bytes & 63, Reasons, [], true, RuleSet,
            Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        context.Response.ContentType = "application/json; charset=utf-8";
        await JsonSerializer.SerializeAsync(context.Response.BodyWriter, answer, FloorJson.Default.FloorAnswer);
    }
}
