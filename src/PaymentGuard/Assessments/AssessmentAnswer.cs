using System.ComponentModel;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Assessments;

/// <summary>The answer's shape, for the API's description; <see cref="AnswerJson"/> writes it.</summary>
/// <param name="Id">The assessment's id.</param>
/// <param name="Score">Sum of the score rules that hit.</param>
/// <param name="Reasons">Every rule that hit, shadow rules included.</param>
/// <param name="Challenge">What the payer is asked to prove; there with every challenge, and with a review for which a rule asks for one.</param>
/// <param name="Sca">Whether strong customer authentication is required; there when the request has sca.</param>
/// <param name="Degraded">What was not known, such as velocity.card; empty when all was.</param>
/// <param name="Recorded">Whether the database has it; else it is stored later, with this content.</param>
/// <param name="RuleSet">The rules that decided.</param>
/// <param name="ElapsedMs">From the request's arrival to the decision.</param>
[Description("A decision. The same for every request about this payment; only recorded may turn true.")]
internal record AssessmentAnswer(
    string Id, string PaymentId, string Decision, int Score, IReadOnlyList<AnswerReason> Reasons,
    AnswerChallenge? Challenge, AnswerSca? Sca, IReadOnlyList<string> Degraded, bool Recorded, string RuleSet, double ElapsedMs);

/// <param name="Outcome">There when the answer has a challenge: what became of it, or of the one that took its place.</param>
internal sealed record StoredAssessment(
    string Id, string PaymentId, string Decision, int Score, IReadOnlyList<AnswerReason> Reasons,
    AnswerChallenge? Challenge, AnswerSca? Sca, IReadOnlyList<string> Degraded, bool Recorded, string RuleSet, double ElapsedMs, ChallengeOutcome? Outcome)
    : AssessmentAnswer(Id, PaymentId, Decision, Score, Reasons, Challenge, Sca, Degraded, Recorded, RuleSet, ElapsedMs);

internal sealed record AnswerReason(string Code, string Rule, string Mode);

/// <param name="Methods">What this account can answer with: passkey, totp, email, sms, recovery_code.</param>
/// <param name="Show">What the buyer must be shown.</param>
/// <param name="Notices">Texts of the buyer guide to show beside it.</param>
internal sealed record AnswerChallenge(string Id, IReadOnlyList<string> Methods, DateTimeOffset ExpiresAt, ChallengeTerms Show, IReadOnlyList<string> Notices);

/// <param name="State">open, answered, redeemed, dead or abandoned.</param>
/// <param name="Method">That it was answered with.</param>
/// <param name="Sca">Whether that was strong customer authentication.</param>
internal sealed record ChallengeOutcome(
    string ChallengeId, string State, string? Method, bool? Sca, DateTimeOffset? AnsweredAt, DateTimeOffset? RedeemedAt);

internal sealed record ChallengeTerms(Money Amount, string? Payee);

/// <param name="Exemption">Which was used; null: none, it is required.</param>
/// <param name="Reason">Why none was used; null: one was.</param>
internal sealed record AnswerSca(bool Required, string? Exemption, string? Reason);
