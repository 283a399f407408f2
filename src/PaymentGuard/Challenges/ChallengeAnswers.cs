using PaymentGuard.Assessments;

namespace PaymentGuard.Challenges;

/// <param name="Methods">What this account can answer with: passkey, totp, email, sms, recovery_code.</param>
/// <param name="Show">Of payments: what the buyer must be shown.</param>
/// <param name="Action">Of other acts.</param>
/// <param name="Notices">Texts of the buyer guide to show beside it.</param>
internal sealed record OpenedAnswer(
    string Id, IReadOnlyList<string> Methods, DateTimeOffset ExpiresAt, ChallengeTerms? Show, string? Action, IReadOnlyList<string> Notices);

/// <param name="State">open, answered, redeemed, dead or abandoned.</param>
/// <param name="Method">That it was answered with.</param>
/// <param name="Sca">Whether that was strong customer authentication.</param>
internal sealed record ChallengeAnswerBody(
    string Id, string AccountId, string? PaymentId, string? Action, string State, string? Method, bool? Sca, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt,
    DateTimeOffset? AnsweredAt, DateTimeOffset? RedeemedAt);

/// <param name="Proof">JWT to be redeemed before <paramref name="ExpiresAt"/>, once.</param>
/// <param name="Sca">Whether this was strong customer authentication.</param>
/// <param name="RecoveryCodesLeft">After a recovery code was used: offer new ones when few are left.</param>
internal sealed record ProofAnswer(string ChallengeId, string Proof, string Method, bool Sca, DateTimeOffset ExpiresAt, int? RecoveryCodesLeft);

internal sealed record SentAnswer(string Method, DateTimeOffset ExpiresAt);

internal sealed record RedeemedAnswer(string ChallengeId, string? PaymentId, string? Action, string Method, bool Sca, DateTimeOffset RedeemedAt);
