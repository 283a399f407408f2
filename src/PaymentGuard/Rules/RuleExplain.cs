using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;

namespace PaymentGuard.Rules;

/// <summary>What a rule's condition was for one payment.</summary>
internal enum RuleResult
{
    NoMatch,
    Match,
    Missing,
    /// <summary>Missing because something could not be read; the rule's <c>when_unavailable</c> applies.</summary>
    Unavailable,
    /// <summary>A draft or a paused rule.</summary>
    NotEvaluated,
}

/// <param name="Value">As rules write it; null when missing or unavailable.</param>
internal sealed record ExplainedValue(string Name, SignalState State, string? Value);

/// <summary>One rule, whether it held, and every value that it read.</summary>
/// <param name="Mode">As it counted for this payment: a rollout that leaves the payment out is shadow.</param>
internal sealed record ExplainedRule(Rule Rule, RuleMode Mode, RuleResult Result, IReadOnlyList<ExplainedValue> Values);

/// <summary>Why a payment was decided as it was.</summary>
internal sealed record Explanation(
    string RuleSet, Decision Decision, int Score, IReadOnlyList<string> Degraded, IReadOnlyList<ExplainedRule> Rules);

/// <summary>Evaluates a payment once more and tells each rule's part in the decision.</summary>
internal static class RuleExplain
{
    /// <param name="signals">The attributes and velocities that the rules shall see.</param>
    public static Explanation Explain(RuleSet ruleSet, LanguageScope scope, Signals signals, PaymentAttempt attempt)
    {
        var outcome = ruleSet.Evaluate(signals, attempt);
        var hits = outcome.Hits.ToDictionary(hit => hit.Rule, StringComparer.Ordinal);
        var velocityTypes = ruleSet.Layout.Velocities.ToDictionary(
            velocity => velocity.Text, velocity => Expressions.Check(velocity.Text, scope, out _)!.Type, StringComparer.Ordinal);
        return new Explanation(ruleSet.Hash, outcome.Decision, outcome.Score, ruleSet.Degraded(signals),
            [.. ruleSet.Rules.Select(rule => Explain(rule, hits.GetValueOrDefault(rule.Id), ruleSet.Layout, velocityTypes, signals))]);
    }

    private static ExplainedRule Explain(
        Rule rule, RuleHit? hit, SignalLayout layout, Dictionary<string, SignalType> velocityTypes, Signals signals)
    {
        if (!rule.IsEvaluated) return new ExplainedRule(rule, rule.Mode, RuleResult.NotEvaluated, []);
        List<ExplainedValue> values =
        [
            .. rule.When.Attributes.Select(attribute => Value(attribute.Name, attribute.Type, signals[layout.SlotOf(attribute.Name)])),
            .. rule.When.Velocities.Select(velocity => Value(velocity.Text, velocityTypes[velocity.Text], signals[layout.SlotOf(velocity.Text)])),
        ];
        return new ExplainedRule(rule, hit?.Mode ?? rule.Mode, ResultOf(rule, hit, layout, values, signals), values);
    }

    private static RuleResult ResultOf(Rule rule, RuleHit? hit, SignalLayout layout, List<ExplainedValue> values, Signals signals)
    {
        if (hit is not null) return hit.Unavailable ? RuleResult.Unavailable : RuleResult.Match;
        ConditionBlock.Compile([rule.When], layout).Evaluate(signals, out _, out var isMissing);
        if (isMissing == 0) return RuleResult.NoMatch;
        return values.Exists(value => value.State == SignalState.Unavailable) ? RuleResult.Unavailable : RuleResult.Missing;
    }

    private static ExplainedValue Value(string name, SignalType type, in Signal signal) =>
        new(name, signal.State, signal.State == SignalState.Known ? Constants.Write(signal, type) : null);
}
