using PaymentGuard.Domain.Assessments;

namespace PaymentGuard.Domain.Rules;

/// <summary>From which score on a decision is taken when no rule asked for one.</summary>
/// <param name="From">Smallest score of the band; it ends where the next begins.</param>
public sealed record ScoreBand(int From, Decision Decision);

/// <summary>What a rule set says when no rule decides.</summary>
/// <param name="Default">Without a band either.</param>
/// <param name="Bands">In ascending order of <see cref="ScoreBand.From"/>.</param>
/// <param name="RuleCostMax">Largest estimated cost of one condition.</param>
/// <param name="RuleSetCostMax">Largest sum of the estimated costs of all conditions.</param>
public sealed record RulePolicy(
    Decision Default, IReadOnlyList<ScoreBand> Bands, int RuleCostMax = RulePolicy.DefaultRuleCostMax, int RuleSetCostMax = RulePolicy.DefaultRuleSetCostMax)
{
    public const int DefaultRuleCostMax = 10_000, DefaultRuleSetCostMax = 1_000_000;

    /// <summary>The policy of a folder that states none: approve, no bands.</summary>
    public static RulePolicy Silent { get; } = new(Decision.Approve, []);

    /// <summary>The decision of the band that the score lies in; undecided below the first.</summary>
    public Decision BandOf(int score)
    {
        var decision = Decision.Undecided;
        for (var n = 0; n < Bands.Count && Bands[n].From <= score; n++)
            decision = Bands[n].Decision;
        return decision;
    }
}

/// <summary>Collects the hits that have a say on one payment and makes one decision of them. The order is the contract with checkout.</summary>
internal struct DecisionTally
{
    private bool sanctionHolds, sanctionUnknown, approveHolds, mayApproveUnknown, challengeAsked;
    private Decision strictest;
    private long points;

    /// <summary>Id of the first rule that holds and freezes the account; null when none does.</summary>
    public string? FreezeRule { get; private set; }

    /// <summary>Sum of points, kept within 32 bits.</summary>
    public readonly int Score => (int)Math.Clamp(points, int.MinValue, int.MaxValue);

    public void AddHeld(Rule rule)
    {
        sanctionHolds |= rule.Sanction;
        if (rule.Freeze) FreezeRule ??= rule.Id;
        points += rule.Points;
        if (rule.Action == RuleAction.Approve) approveHolds = true;
        else Restrain(rule.Decision);
    }

    public void AddUnavailable(Rule rule)
    {
        sanctionUnknown |= rule.Sanction;
        if (rule.WhenUnavailable == WhenUnavailable.Approve) mayApproveUnknown = true;
        else Restrain(rule.DecisionWhenUnavailable);
    }

    /// <summary>Whether a hit or the band asks for a challenge, whatever is decided.</summary>
    public readonly bool AsksForChallenge(RulePolicy policy) => challengeAsked || policy.BandOf(Score) == Decision.Challenge;

    /// <summary>
    /// A sanction beats all; an approve rule beats the rest, but not a sanction that could not be checked; then the strictest hit; then the
    /// band of the score; then an unknown that its author lets pass; then the default.
    /// </summary>
    public readonly Decision Decide(RulePolicy policy)
    {
        if (sanctionHolds) return Decision.Decline;
        if (approveHolds && !sanctionUnknown) return Decision.Approve;
        if (strictest != Decision.Undecided) return strictest;
        if (policy.BandOf(Score) is var band and not Decision.Undecided) return band;
        return mayApproveUnknown ? Decision.Approve : policy.Default;
    }

    private void Restrain(Decision decision)
    {
        if (decision > strictest) strictest = decision;
        challengeAsked |= decision == Decision.Challenge;
    }
}
