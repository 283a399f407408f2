using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Rules;

namespace PaymentGuard.Tests.Rules;

public sealed class RuleExplainTests
{
    [Fact]
    public void Explain_OnePayment_ShowsEveryRuleWithTheValuesItRead()
    {
        var load = RuleTexts.Load(
            ("1.yaml", RuleTexts.Rule("high", "challenge", "amount > 100 EUR and channel = 'web'")),
            ("2.yaml", RuleTexts.Rule("low", "decline", "amount < 1 EUR")),
            ("3.yaml", RuleTexts.Rule("unknown", "decline", "card.sum(amount, 1h) > 1 EUR and device.id = 'd'")),
            ("4.yaml", RuleTexts.Rule("missing", "decline", "device.id = 'd'")),
            ("5.yaml", RuleTexts.Rule("draft", "decline", "amount > 1 EUR", "draft")),
            ("6.yaml", RuleTexts.Rule("velocity", "observe", "account.sum(amount, 1h) > 1 EUR and account.first_seen() > 1h")));
        var explanation = Explain(load);
        Assert.Equal((Decision.Review, 0), (explanation.Decision, explanation.Score));
        Assert.Equal(["velocity.card"], explanation.Degraded);
        Assert.Equal(
            [RuleResult.Match, RuleResult.NoMatch, RuleResult.Unavailable, RuleResult.Missing, RuleResult.NotEvaluated, RuleResult.Match],
            explanation.Rules.Select(rule => rule.Result));
        Assert.Equal([new("amount", SignalState.Known, "125.00 EUR"), new("channel", SignalState.Known, "web")], explanation.Rules[0].Values);
        Assert.Equal(
            [new("device.id", SignalState.Missing, null), new("card.sum(amount, 1h)", SignalState.Unavailable, null)], explanation.Rules[2].Values);
        Assert.Equal(["15.00 EUR", "1d2h3s"], explanation.Rules[5].Values.Select(value => value.Value));
    }

    private static Explanation Explain(RuleSetLoad load)
    {
        var set = load.RuleSet!;
        var signals = RuleTexts.SignalsOf(set);
        signals.SetUnavailable(set.Layout.SlotOf("card.sum(amount, 1h)"));
        signals.SetMoney(set.Layout.SlotOf("account.sum(amount, 1h)"), new(1_500, "EUR"));
        signals.SetDurationMs(set.Layout.SlotOf("account.first_seen()"), 93_603_000);
        return RuleExplain.Explain(set, load.Scope, signals, RuleTexts.Attempt);
    }
}
