using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Domain.Rules.Language.Checking;

/// <summary>What an aggregate takes before its window.</summary>
internal enum FieldKind : byte { None, Amount, Partner, Outcome, EventType }

internal enum WindowUse : byte { Required, Optional, None }

/// <summary>How one aggregate is called, and what it gives.</summary>
internal sealed record VelocityForm(string Name, VelocityAggregate Aggregate, FieldKind Field, WindowUse Window, RuleType Result, bool TakesWhere, string Example)
{
    private static readonly VelocityForm[] All =
    [
        new("count", VelocityAggregate.Count, FieldKind.None, WindowUse.Required, RuleType.Int, true, "count(10m)"),
        new("sum", VelocityAggregate.Sum, FieldKind.Amount, WindowUse.Required, RuleType.Money, true, "sum(amount, 30d)"),
        new("avg", VelocityAggregate.Avg, FieldKind.Amount, WindowUse.Required, RuleType.Money, true, "avg(amount, 30d)"),
        new("min", VelocityAggregate.Min, FieldKind.Amount, WindowUse.Required, RuleType.Money, true, "min(amount, 30d)"),
        new("max", VelocityAggregate.Max, FieldKind.Amount, WindowUse.Required, RuleType.Money, true, "max(amount, 30d)"),
        new("stddev", VelocityAggregate.StdDev, FieldKind.Amount, WindowUse.Required, RuleType.Money, true, "stddev(amount, 30d)"),
        new("distinct", VelocityAggregate.Distinct, FieldKind.Partner, WindowUse.Required, RuleType.Int, true, "distinct({0}, 24h)"),
        new("declines", VelocityAggregate.Declines, FieldKind.None, WindowUse.Required, RuleType.Int, true, "declines(10m)"),
        new("approvals", VelocityAggregate.Approvals, FieldKind.None, WindowUse.Required, RuleType.Int, true, "approvals(10m)"),
        new("chargebacks", VelocityAggregate.Chargebacks, FieldKind.None, WindowUse.Required, RuleType.Int, true, "chargebacks(180d)"),
        new("frauds", VelocityAggregate.Frauds, FieldKind.None, WindowUse.Required, RuleType.Int, true, "frauds(180d)"),
        new("first_seen", VelocityAggregate.FirstSeen, FieldKind.None, WindowUse.None, RuleType.Duration, false, "first_seen()"),
        new("last_seen", VelocityAggregate.LastSeen, FieldKind.None, WindowUse.None, RuleType.Duration, false, "last_seen()"),
        new("since_last", VelocityAggregate.SinceLast, FieldKind.None, WindowUse.None, RuleType.Duration, true, "since_last()"),
        new("streak", VelocityAggregate.Streak, FieldKind.Outcome, WindowUse.Optional, RuleType.Int, true, "streak(declined)"),
        new("ratio", VelocityAggregate.Ratio, FieldKind.Outcome, WindowUse.Required, RuleType.Double, true, "ratio(declined, 15m)"),
        new("events", VelocityAggregate.Events, FieldKind.EventType, WindowUse.Required, RuleType.Int, true, "events(\"password_changed\", 24h)"),
        new("challenge_failures", VelocityAggregate.ChallengeFailures, FieldKind.None, WindowUse.Required, RuleType.Int, false, "challenge_failures(1h)"),
    ];

    public static readonly string[] EventTypes =
        ["registered", "signed_in", "sign_in_failed", "password_changed", "contact_changed", "device_bound", "challenge_failed", "challenge_abandoned"];

    public static IEnumerable<string> Names => All.Select(form => form.Name);

    public static VelocityForm? Find(string name) => Array.Find(All, form => form.Name == name);
}
