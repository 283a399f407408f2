using System.Text.Json.Nodes;
using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>Payments that are made only to see what the service counts.</summary>
internal static class Probes
{
    // Payments see what is up to 5 seconds ahead of them.
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10), Pause = TimeSpan.FromMilliseconds(100), Patience = TimeSpan.FromSeconds(40);

    /// <summary>How much earlier than the first the last probe can be.</summary>
    public static readonly TimeSpan Reach = Patience / Pause * Step;

    /// <summary>
    /// Probes a card until nothing is unknown any more. Each further probe is of an earlier time than the one before, so that none counts
    /// another.
    /// </summary>
    /// <param name="latest">When the first probe is said to have happened: later than what is to be counted by more than <see cref="Reach"/>.</param>
    /// <param name="change">Makes the probe what the test needs.</param>
    public static async Task<Answer> Known(Checkout api, string card, DateTimeOffset latest, Func<JsonObject, JsonObject> change)
    {
        var (probe, time) = (default(Answer), latest);
        await Eventually.Holds($"the counts of {card} are known", async () =>
        {
            probe = (await api.Assess(change(Bodies.Payment(Bodies.NewName("probe"), card, occurredAt: time)))).MustBeDecision();
            time -= Step;
            if (probe.Degraded.Count > 0) await Task.Delay(Pause);
            return probe.Degraded.Count == 0;
        }, Patience);
        return probe!;
    }
}
