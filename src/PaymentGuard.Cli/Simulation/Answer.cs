using System.Text.Json;

namespace PaymentGuard.Cli.Simulation;

/// <summary>What PaymentGuard answers to an attempt, as far as the simulation reads it.</summary>
internal sealed record Answer(
    string Id, string PaymentId, string Decision, int Score, IReadOnlyList<Answer.Reason> Reasons, IReadOnlyList<string> Degraded, bool Recorded,
    Answer.Offer? Challenge = null)
{
    public sealed record Reason(string Code, string Rule, string Mode);

    /// <summary>The challenge that a payment is to be proved by.</summary>
    public sealed record Offer(string Id);

    public bool IsStopped => Decision != "approve";

    public static Answer Read(JsonElement json) => json.Deserialize<Answer>(JsonSerializerOptions.Web)!;
}
