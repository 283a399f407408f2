using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Rules.Language;

namespace PaymentGuard.Domain.Rules;

/// <summary>What a rule asks for when its condition is true.</summary>
public enum RuleAction : byte
{
    /// <summary>Nothing; the hit is kept.</summary>
    Observe = 0,
    /// <summary>Adds <see cref="Rule.Points"/> to the payment's score.</summary>
    Score,
    Approve,
    Challenge,
    Review,
    Decline,
}

/// <summary>How far a rule has come in its life: draft → shadow → rollout → live → paused.</summary>
public enum RuleMode : byte
{
    /// <summary>Checked with its tests, not evaluated.</summary>
    Draft = 0,
    /// <summary>Evaluated without a say.</summary>
    Shadow,
    /// <summary>Has a say for a share of the entities, for the others it is in shadow.</summary>
    Rollout,
    Live,
    /// <summary>Was live; not evaluated.</summary>
    Paused,
}

/// <summary>What a rule asks for when its condition is missing because a signal that it reads could not be read.</summary>
public enum WhenUnavailable : byte
{
    Ignore = 0,
    Approve,
    Challenge,
    Review,
    Decline,
}

/// <summary>Which share of the entities a rule in rollout decides about.</summary>
/// <param name="BasisPoints">1/100 of a percent, 0 to 10,000.</param>
/// <param name="By">The entity that is in or out as a whole; a payment without it goes by its account.</param>
public sealed record RuleRollout(int BasisPoints, string By);

/// <summary>Limits that a rule's author sets on its effect; null is no limit.</summary>
/// <param name="MaxMatchRate">Largest share of payments that it may hold for, 0 to 1.</param>
/// <param name="MaxMatchesPerMinute">Largest number of payments a minute that it may hold for.</param>
/// <param name="Expires">Last day (UTC) on which somebody has to have looked at the rule again.</param>
public sealed record RuleGuardrails(double? MaxMatchRate = null, int? MaxMatchesPerMinute = null, DateOnly? Expires = null);

/// <summary>One rule, as its file says.</summary>
/// <param name="Id">Unique in the rule set: small letters, digits and dashes.</param>
/// <param name="When">The condition; the rule holds only when it is true.</param>
/// <param name="ReasonCode">Given to checkout as the reason of a decision.</param>
/// <param name="Points">What a <see cref="RuleAction.Score"/> rule adds, −1,000 to 1,000; 0 for others.</param>
/// <param name="Sanction">A decline that no approve rule overrides.</param>
/// <param name="Freeze">A decline that freezes the account as well, when the condition is true and the rule has a say.</param>
public sealed record Rule(
    string Id,
    RuleAction Action,
    CheckedExpression When,
    string ReasonCode,
    RuleMode Mode,
    WhenUnavailable WhenUnavailable,
    int Points = 0,
    bool Sanction = false,
    RuleRollout? Rollout = null,
    RuleGuardrails? Guardrails = null,
    string? Description = null,
    string? Owner = null,
    bool Freeze = false)
{
    public bool IsEvaluated => Mode is RuleMode.Shadow or RuleMode.Rollout or RuleMode.Live;

    /// <summary>The decision that the action asks for; undecided for score and observe.</summary>
    public Decision Decision => Action switch
    {
        RuleAction.Approve => Decision.Approve,
        RuleAction.Challenge => Decision.Challenge,
        RuleAction.Review => Decision.Review,
        RuleAction.Decline => Decision.Decline,
        RuleAction.Observe or RuleAction.Score => Decision.Undecided,
    };

    /// <summary>The decision asked for when the condition could not be known; undecided for ignore.</summary>
    public Decision DecisionWhenUnavailable => WhenUnavailable switch
    {
        WhenUnavailable.Approve => Decision.Approve,
        WhenUnavailable.Challenge => Decision.Challenge,
        WhenUnavailable.Review => Decision.Review,
        WhenUnavailable.Decline => Decision.Decline,
        WhenUnavailable.Ignore => Decision.Undecided,
    };

    /// <summary>What unknown means for a rule whose author did not say: a rule that restrains asks for a person, the others keep quiet.</summary>
    public static WhenUnavailable DefaultWhenUnavailable(RuleAction action) => action switch
    {
        RuleAction.Challenge or RuleAction.Review or RuleAction.Decline => WhenUnavailable.Review,
        RuleAction.Approve or RuleAction.Score or RuleAction.Observe => WhenUnavailable.Ignore,
    };
}

/// <summary>A rule that held for a payment, or whose <c>when_unavailable</c> spoke.</summary>
/// <param name="Code">The rule's reason code.</param>
/// <param name="Rule">The rule's id.</param>
/// <param name="Mode">Shadow as well for a rule in rollout that has no say on this payment.</param>
/// <param name="Unavailable">The condition is not known to be true: a signal that it reads could not be read.</param>
public sealed record RuleHit(string Code, string Rule, RuleMode Mode, bool Unavailable = false);

/// <summary>What a rule set says about a payment.</summary>
/// <param name="Score">Sum of the points of the score rules that hold and have a say.</param>
/// <param name="Hits">Every hit, in the order of the rules, those without a say included.</param>
/// <param name="AsksForChallenge">A hit with a say, or the band of the score, asks for a challenge, whatever was decided.</param>
/// <param name="FreezeRule">The first rule that has a say, holds and demands to freeze the account, whatever was decided; null when none does.</param>
public sealed record RuleSetOutcome(Decision Decision, int Score, IReadOnlyList<RuleHit> Hits, bool AsksForChallenge = false, string? FreezeRule = null);
