using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Sca;

namespace PaymentGuard.Assessments;

/// <summary>What an answer says, until it is written; kept with a row only by the process that decided.</summary>
/// <param name="Degraded">What was not known, sorted.</param>
/// <param name="ElapsedMs">From the request's arrival to the decision.</param>
/// <param name="Challenge">What the payer is asked to prove; null: nothing.</param>
/// <param name="Sca">Whether strong authentication is required; null: checkout did not ask.</param>
internal sealed record AnswerDraft(
    Guid Id, string PaymentId, Decision Decision, int Score, IReadOnlyList<RuleHit> Hits, IReadOnlyList<string> Degraded, string RuleSet, double ElapsedMs,
    ChallengeOffer? Challenge = null, ScaVerdict? Sca = null)
{
    private const string ChallengeNotStored = "challenge", FreezeNotChecked = "account.frozen", ScaFactsUnknown = "sca";

    private static readonly RuleHit FrozenHit = new("ACCOUNT_FROZEN", "account-frozen", RuleMode.Live);

    /// <summary>A frozen account pays nothing.</summary>
    public AnswerDraft OfFrozenAccount() => this with { Decision = Decision.Decline, Challenge = null, Hits = [.. Hits, FrozenHit] };

    /// <summary>What must be strongly authenticated is not just approved; an exemption never makes a decision milder.</summary>
    public AnswerDraft WithSca(ScaVerdict verdict) => this with
    {
        Sca = verdict,
        Decision = verdict.IsRequired && Decision == Decision.Approve ? Decision.Challenge : Decision,
        Degraded = verdict.Reason == ScaReason.FactsUnknown ? With(ScaFactsUnknown) : Degraded,
    };

    /// <summary>A challenge that cannot be stored cannot be answered: a person decides instead.</summary>
    public AnswerDraft WithoutChallenge() => this with
    {
        Decision = Decision == Decision.Challenge ? Decision.Review : Decision,
        Challenge = null,
        Degraded = With(ChallengeNotStored),
    };

    /// <summary>What can be said while PostgreSQL has not confirmed: it told neither whether the account is frozen nor that a challenge is stored.</summary>
    public AnswerDraft WithoutPostgres()
    {
        // Nor did it confirm that the counter of low value has room.
        var known = Sca?.Exemption == ScaExemption.LowValue ? WithSca(ScaVerdict.Required(ScaReason.FactsUnknown)) : this;
        var rest = known.Challenge is null && known.Decision != Decision.Challenge ? known : known.WithoutChallenge();
        return rest with { Degraded = rest.With(FreezeNotChecked) };
    }

    private IReadOnlyList<string> With(string name) => [.. Degraded.Append(name).Order(StringComparer.Ordinal)];
}

/// <summary>A challenge as the answer tells it.</summary>
/// <param name="Methods">Those that the account has; empty: none, so it cannot be passed until the account has one and a new challenge.</param>
/// <param name="Payee">The merchant's id; null when checkout did not tell it.</param>
internal sealed record ChallengeOffer(Guid Id, IReadOnlyList<string> Methods, DateTimeOffset ExpiresAt, Money Amount, string? Payee);
