using PaymentGuard.IntegrationTests.Infrastructure;

namespace PaymentGuard.IntegrationTests.SystemTests.Support;

/// <summary>Writes rule files.</summary>
internal static class RuleTexts
{
    /// <summary>Adds a live rule; its reason code is its id in capitals.</summary>
    public static void AddRule(this Installation installation, string id, string action, string when, string? whenUnavailable = null) =>
        installation.WriteRule($"{id}.yaml", RuleText(id, action, when, whenUnavailable));

    /// <summary>A rule's file.</summary>
    public static string RuleText(string id, string action, string when, string? whenUnavailable = null) =>
        $"""
        id: {id}
        description: Written by a test
        action: {action}
        when: >-
          {when}
        mode: live
        owner: tests
        {(whenUnavailable is null ? "" : $"when_unavailable: {whenUnavailable}")}

        """;

    /// <summary>
    /// Rules that make visible, as reason codes, what the service counts for a payment: <c>CARD_COUNT_3</c> is a hit when the card has at least three
    /// earlier attempts. They decide nothing.
    /// </summary>
    public static void AddObservedCounts(this Installation installation)
    {
        Observe(installation, "card-count", "card.count(24h)", 8);
        Observe(installation, "card-approvals", "card.approvals(24h)", 4);
        Observe(installation, "card-declines", "card.declines(24h)", 4);
        Observe(installation, "card-frauds", "card.frauds(24h)", 3);
        Observe(installation, "card-chargebacks", "card.chargebacks(24h)", 3);
        Observe(installation, "card-devices", "card.distinct(device, 24h)", 4);
        Observe(installation, "card-declined-attempts", "card.count(24h, where: outcome = \"declined\")", 4);
        Observe(installation, "account-count", "account.count(24h)", 8);
        Observe(installation, "account-passwords", "account.events(\"password_changed\", 24h)", 4);
        foreach (var amount in (int[])[10, 30, 60, 100, 101, 150, 200])
            installation.AddRule($"card-sum-{amount}", "observe", $"card.sum(amount, 24h) >= {amount} EUR");
    }

    private static void Observe(Installation installation, string id, string velocity, int highest)
    {
        for (var least = 1; least <= highest; least++) installation.AddRule($"{id}-{least}", "observe", $"{velocity} >= {least}");
    }
}
