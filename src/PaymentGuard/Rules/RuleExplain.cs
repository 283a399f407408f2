using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;
using PaymentGuard.Domain.Velocity;

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
/// <param name="IsApproximate">The velocity reaches into the compacted part of its log, or an amount in it did not fit.</param>
internal sealed record ExplainedValue(string Name, SignalState State, string? Value, bool IsApproximate = false);

/// <summary>One rule, whether it held, and every value that it read.</summary>
/// <param name="Mode">As it counted for this payment: a rollout that leaves the payment out is shadow.</param>
internal sealed record ExplainedRule(Rule Rule, RuleMode Mode, RuleResult Result, IReadOnlyList<ExplainedValue> Values);

/// <summary>Why a payment was decided as it was.</summary>
internal sealed record Explanation(
    string RuleSet, Decision Decision, int Score, IReadOnlyList<string> Degraded, IReadOnlyList<ExplainedRule> Rules);

/// <summary>Evaluates a payment once more and tells each rule's part in the decision.</summary>
/// <param name="signals">The attributes and velocities that the rules shall see.</param>
/// <param name="approximate">Which of them are not exact; null: not known.</param>
internal sealed class RuleExplain(RuleSet ruleSet, Signals signals, ApproximateSlots? approximate)
{
    private readonly SignalLayout layout = ruleSet.Layout;
    private readonly Dictionary<string, SignalType> velocityTypes = [];

    /// <param name="scope">The names of the rule set.</param>
    public static Explanation Explain(RuleSet ruleSet, LanguageScope scope, Signals signals, PaymentAttempt attempt, ApproximateSlots? approximate = null)
    {
        var explain = new RuleExplain(ruleSet, signals, approximate);
        foreach (var velocity in ruleSet.Layout.Velocities)
            explain.velocityTypes[velocity.Text] = Expressions.Check(velocity.Text, scope, out _)!.Type;
        var outcome = ruleSet.Evaluate(signals, attempt);
        var hits = outcome.Hits.ToDictionary(hit => hit.Rule, StringComparer.Ordinal);
        return new Explanation(ruleSet.Hash, outcome.Decision, outcome.Score, ruleSet.Degraded(signals),
            [.. ruleSet.Rules.Select(rule => explain.Of(rule, hits.GetValueOrDefault(rule.Id)))]);
    }

    private ExplainedRule Of(Rule rule, RuleHit? hit)
    {
        if (!rule.IsEvaluated) return new ExplainedRule(rule, rule.Mode, RuleResult.NotEvaluated, []);
        List<ExplainedValue> values =
        [
            .. rule.When.Attributes.Select(attribute => Value(attribute.Name, attribute.Type)),
            .. rule.When.Velocities.Select(velocity => Value(velocity.Text, velocityTypes[velocity.Text])),
        ];
        return new ExplainedRule(rule, hit?.Mode ?? rule.Mode, ResultOf(rule, hit, values), values);
    }

    private RuleResult ResultOf(Rule rule, RuleHit? hit, List<ExplainedValue> values)
    {
        if (hit is not null) return hit.Unavailable ? RuleResult.Unavailable : RuleResult.Match;
        ConditionBlock.Compile([rule.When], layout).Evaluate(signals, out _, out var isMissing);
        if (isMissing == 0) return RuleResult.NoMatch;
        return values.Exists(value => value.State == SignalState.Unavailable) ? RuleResult.Unavailable : RuleResult.Missing;
    }

    private ExplainedValue Value(string name, SignalType type)
    {
        var slot = layout.SlotOf(name);
        ref readonly var signal = ref signals[slot];
        return new(name, signal.State, signal.State == SignalState.Known ? Constants.Write(signal, type) : null, approximate?.Contains(slot) == true);
    }
}
