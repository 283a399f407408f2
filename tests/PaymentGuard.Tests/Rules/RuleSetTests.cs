using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;

namespace PaymentGuard.Tests.Rules;

public sealed class RuleSetTests
{
    private const string Bands = "default: approve\nscore_bands:\n  - { from: 40, decision: challenge }\n  - { from: 80, decision: review }\n";
    private const string Unread = "card.count(1h) >= 1";

    public static TheoryData<string, Decision> DecisionOrder => new()
    {
        { "", Decision.Approve },
        { "decline", Decision.Decline },
        { "review decline challenge", Decision.Decline },
        { "challenge review", Decision.Review },
        { "approve decline", Decision.Approve },
        { "decline approve", Decision.Approve },
        { "sanction approve", Decision.Decline },
        { "sanction challenge", Decision.Decline },
        { "observe", Decision.Approve },
        { "39", Decision.Approve },
        { "40", Decision.Challenge },
        { "80", Decision.Review },
        { "60 30 -20", Decision.Challenge },
        { "90 challenge", Decision.Challenge },
        { "90 approve", Decision.Approve },
        { "90 observe", Decision.Review },
    };

    [Theory, MemberData(nameof(DecisionOrder))]
    public void Evaluate_RulesThatHold_DecideInTheOrderOfTheContract(string holding, Decision expected)
    {
        var rules = Words(holding).Select((word, n) => RuleTexts.Rule($"r-{n}", ActionOf(word), "amount <= 500 EUR", more: MoreOf(word)));
        var outcome = RuleTexts.Evaluate(RuleTexts.SetWith(Bands, rules));
        Assert.Equal(expected, outcome.Decision);
        Assert.Equal(Words(holding).Length, outcome.Hits.Count);
    }

    public static TheoryData<string, Decision> Unavailability => new()
    {
        // a rule's action and when_unavailable (- is the default)
        { "decline:-", Decision.Review },
        { "challenge:-", Decision.Review },
        { "review:ignore", Decision.Approve },
        { "decline:decline", Decision.Decline },
        { "decline:challenge review:review", Decision.Review },
        { "score +50:-", Decision.Approve },
        { "score +50:challenge", Decision.Challenge },
        { "observe:-", Decision.Approve },
        { "approve:-", Decision.Approve },
        { "decline:approve", Decision.Approve },
        { "decline:approve challenge:challenge", Decision.Challenge },
    };

    [Theory, MemberData(nameof(Unavailability))]
    public void Evaluate_ConditionReadsWhatIsUnavailable_WhenUnavailableSpeaks(string rules, Decision expected)
    {
        var set = RuleTexts.Set(rules.Split(' ').Aggregate(new List<string>(), Join).Select((rule, n) => Unavailable(n, rule)));
        Assert.Equal(expected, EvaluateWithoutCard(set).Decision);
    }

    [Fact]
    public void Evaluate_ApproveByUnavailability_LeavesTheBandItsSay()
    {
        var set = RuleTexts.SetWith(Bands, Unavailable(0, "decline:approve"), RuleTexts.Rule("points", "score +50", "amount > 1 EUR"));
        Assert.Equal(Decision.Challenge, EvaluateWithoutCard(set).Decision);
    }

    [Fact]
    public void Evaluate_ApproveByUnavailability_TakesThePlaceOfTheDefaultOnly()
    {
        Assert.Equal(Decision.Approve, EvaluateWithoutCard(RuleTexts.SetWith("default: review", Unavailable(0, "decline:approve"))).Decision);
        Assert.Equal(Decision.Review, EvaluateWithoutCard(RuleTexts.SetWith("default: review", Unavailable(0, "decline:ignore"))).Decision);
    }

    [Fact]
    public void Evaluate_SanctionCannotBeChecked_NoApproveRuleOverridesIt()
    {
        var approve = RuleTexts.Rule("trusted", "approve", "amount <= 500 EUR");
        var sanction = RuleTexts.Rule("sanction", "decline", Unread, more: "sanction: true\nwhen_unavailable: review");
        Assert.Equal(Decision.Review, EvaluateWithoutCard(RuleTexts.Set(approve, sanction)).Decision);
        var ignored = RuleTexts.Rule("sanction", "decline", Unread, more: "sanction: true\nwhen_unavailable: ignore");
        Assert.Equal(Decision.Approve, EvaluateWithoutCard(RuleTexts.Set(approve, ignored)).Decision);
    }

    [Fact]
    public void Evaluate_UnavailableButTheConditionIsKnown_DoesNotSpeak()
    {
        var set = RuleTexts.Set(RuleTexts.Rule("r", "decline", "card.count(1h) >= 1 and amount > 10000 EUR"));
        var outcome = EvaluateWithoutCard(set);
        Assert.Equal((Decision.Approve, 0), (outcome.Decision, outcome.Hits.Count));
    }

    [Fact]
    public void Evaluate_MissingAndNothingUnavailable_DoesNotSpeak()
    {
        var outcome = RuleTexts.Evaluate(RuleTexts.Set(RuleTexts.Rule("r", "decline", Unread)));
        Assert.Equal((Decision.Approve, 0), (outcome.Decision, outcome.Hits.Count));
    }

    [Fact]
    public void Evaluate_Unavailable_HitIsMarkedAndDegradedNamesTheEntity()
    {
        var set = RuleTexts.Set(RuleTexts.Rule("r", "decline", Unread, more: "reason_code: TEST"));
        var signals = WithoutCard(set);
        Assert.Equal(new RuleHit("TEST", "r", RuleMode.Live, Unavailable: true), Assert.Single(set.Evaluate(signals, RuleTexts.Attempt).Hits));
        Assert.Equal(["velocity.card"], set.Degraded(signals));
    }

    [Fact]
    public void Evaluate_ModesWithoutASay_KeepTheHitAndDecideNothing()
    {
        var set = RuleTexts.Set(
            RuleTexts.Rule("shadow", "decline", "amount > 1 EUR", "shadow"),
            RuleTexts.Rule("draft", "decline", "amount > 1 EUR", "draft"),
            RuleTexts.Rule("paused", "decline", "amount > 1 EUR", "paused"),
            RuleTexts.Rule("nobody", "decline", "amount > 1 EUR", "rollout", "rollout: { percent: 0, by: card }"),
            RuleTexts.Rule("points", "score +90", "amount > 1 EUR", "shadow"),
            RuleTexts.Rule("watch", "observe", "amount > 1 EUR"));
        var outcome = RuleTexts.Evaluate(set);
        Assert.Equal((Decision.Approve, 0), (outcome.Decision, outcome.Score));
        Assert.Equal(
            [("shadow", RuleMode.Shadow), ("nobody", RuleMode.Shadow), ("points", RuleMode.Shadow), ("watch", RuleMode.Live)],
            outcome.Hits.Select(hit => (hit.Rule, hit.Mode)));
    }

    [Theory]
    [InlineData("live", "")]
    [InlineData("rollout", "rollout: { percent: 100, by: account }")]
    public void Evaluate_FreezeRuleHoldsWithASay_IsNamedWhateverTheDecision(string mode, string more)
    {
        var freeze = RuleTexts.Rule("takeover", "decline", "amount > 1 EUR", mode, "freeze: true\n" + more);
        Assert.Equal("takeover", RuleTexts.Evaluate(RuleTexts.Set(RuleTexts.Rule("other", "decline", "amount > 1 EUR"), freeze)).FreezeRule);
        var approved = RuleTexts.Evaluate(RuleTexts.Set(freeze, RuleTexts.Rule("trusted", "approve", "amount <= 500 EUR")));
        Assert.Equal((Decision.Approve, "takeover"), (approved.Decision, approved.FreezeRule));
    }

    [Theory]
    [InlineData("shadow", "")]
    [InlineData("draft", "")]
    [InlineData("paused", "")]
    [InlineData("rollout", "rollout: { percent: 0, by: account }")]
    public void Evaluate_FreezeRuleWithoutASay_FreezesNothing(string mode, string more)
    {
        var set = RuleTexts.Set(RuleTexts.Rule("takeover", "decline", "amount > 1 EUR", mode, "freeze: true\n" + more), RuleTexts.Rule("other", "decline", "amount > 1 EUR"));
        Assert.Null(RuleTexts.Evaluate(set).FreezeRule);
    }

    [Fact]
    public void Evaluate_FreezeRuleCannotBeKnown_FreezesNothing()
    {
        var outcome = EvaluateWithoutCard(RuleTexts.Set(RuleTexts.Rule("takeover", "decline", Unread, more: "freeze: true\nwhen_unavailable: decline")));
        Assert.Equal((Decision.Decline, (string?)null), (outcome.Decision, outcome.FreezeRule));
    }

    [Fact]
    public void Evaluate_MoreRulesThanABlockHolds_EveryRuleIsEvaluated()
    {
        var set = RuleTexts.Set(Enumerable.Range(0, 150).Select(n => RuleTexts.Rule($"r-{n}", "score +1", $"amount > {n} EUR")));
        var outcome = RuleTexts.Evaluate(set);
        Assert.Equal((125, 125), (outcome.Score, outcome.Hits.Count));
    }

    [Fact]
    public void Evaluate_HundredRulesWithoutHits_AllocatesNothing()
    {
        var set = RuleTexts.Set(Enumerable.Range(0, 100).Select(n => RuleTexts.Rule($"r-{n}", "decline", $"amount > {n + 1000} EUR and card.count(1h) > {n}")));
        var signals = RuleTexts.SignalsOf(set);
        Assert.Equal(0, AllocatedBy(() => set.Evaluate(signals, RuleTexts.Attempt)));
    }

    [Fact]
    public void Evaluate_Hits_AllocateTheOutcomeAlone()
    {
        var set = RuleTexts.Set(Enumerable.Range(0, 100).Select(n => RuleTexts.Rule($"r-{n}", "decline", "amount > 1 EUR")));
        var signals = RuleTexts.SignalsOf(set);
        Assert.InRange(AllocatedBy(() => set.Evaluate(signals, RuleTexts.Attempt)), 1, 100 * IntPtr.Size + 100);
    }

    private static long AllocatedBy(Action action)
    {
        for (var warm = 0; warm < 100; warm++) action();
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static RuleSetOutcome EvaluateWithoutCard(RuleSet set) => set.Evaluate(WithoutCard(set), RuleTexts.Attempt);

    private static Signals WithoutCard(RuleSet set)
    {
        var signals = RuleTexts.SignalsOf(set);
        for (var slot = set.Layout.FirstVelocitySlot; slot < set.Layout.SlotCount; slot++) signals.SetUnavailable(slot);
        return signals;
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static string ActionOf(string word) => word switch
    {
        "sanction" => "decline",
        _ when int.TryParse(word, out var points) => $"score {points:+0;-0}",
        _ => word,
    };

    private static string MoreOf(string word) => word == "sanction" ? "sanction: true" : "";

    private static string Unavailable(int n, string rule)
    {
        var (action, unavailable) = (rule.Split(':')[0], rule.Split(':')[1]);
        return RuleTexts.Rule($"r-{n}", action, $"amount <= 500 EUR and {Unread}", more: unavailable == "-" ? "" : $"when_unavailable: {unavailable}");
    }

    /// <summary>Joins the words of an action that holds a space.</summary>
    private static List<string> Join(List<string> rules, string word)
    {
        if (rules.Count > 0 && !rules[^1].Contains(':')) rules[^1] += $" {word}";
        else rules.Add(word);
        return rules;
    }
}
