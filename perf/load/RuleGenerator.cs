namespace PaymentGuard.Load;

/// <summary>Writes a rule set of 100 live velocity rules: the same twenty for each of five entities, so that nearly all their velocities differ.</summary>
internal static class RuleGenerator
{
    private static readonly (string Entity, string Partner)[] Entities =
        [("card", "device"), ("account", "card"), ("device", "card"), ("merchant", "account"), ("phone", "account")];

    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var (entity, partner) in Entities)
            foreach (var (number, (action, condition)) in Conditions(entity, partner).Index())
                File.WriteAllText(Path.Combine(folder, $"{entity}-{number + 1:D2}.yaml"), Rule($"{entity}-{number + 1:D2}", action, condition));
    }

    private static string Rule(string id, string action, string condition) => $"""
        id: {id}
        action: {action}
        when: {condition}
        reason_code: {id.Replace('-', '_').ToUpperInvariant()}
        mode: live

        """;

    private static (string Action, string Condition)[] Conditions(string entity, string partner) =>
    [
        ("review", $"{entity}.count(1m) >= 40"),
        ("review", $"{entity}.count(10m) >= 100"),
        ("score +5", $"{entity}.count(1h) >= 20"),
        ("score +10", $"{entity}.count(24h) >= 60"),
        ("observe", $"{entity}.count(7d) >= 100"),
        ("challenge", $"{entity}.count(10m) >= 30 and amount < 2 EUR"),
        ("review", $"{entity}.sum(amount, 1h) > 50000 EUR"),
        ("review", $"{entity}.sum(amount, 24h) > 90000 EUR and amount > 200 EUR"),
        ("score +15", $"{entity}.avg(amount, 24h) > 280 EUR and {entity}.count(24h) >= 5"),
        ("score +20", $"amount > 4 * {entity}.avg(amount, 30d) and {entity}.count(30d) >= 3"),
        ("score +10", $"{entity}.max(amount, 30d) < 20 EUR and amount > 290 EUR"),
        ("challenge", $"{entity}.distinct({partner}, 1h) >= 200"),
        ("challenge", $"{entity}.distinct({partner}, 24h) >= 400"),
        ("decline", $"{entity}.declines(10m) >= 3 and amount < 5 EUR"),
        ("review", $"{entity}.declines(24h) >= 8"),
        ("review", $"{entity}.frauds(30d) >= 1"),
        ("decline", $"{entity}.chargebacks(90d) >= 2"),
        ("score +5", $"{entity}.count(24h, where: amount < 5 EUR) >= 3 and amount > 250 EUR"),
        ("observe", $"{entity}.first_seen() < 1h and amount > 250 EUR"),
        ("observe", $"{entity}.since_last() < 2s and {entity}.count(5m) >= 2"),
    ];
}
