using System.ComponentModel;

namespace PaymentGuard.Assessments;

/// <summary>The answer's shape, for the API's description; <see cref="AnswerJson"/> writes it.</summary>
/// <param name="Id">The assessment's id.</param>
/// <param name="Score">Sum of the score rules that hit.</param>
/// <param name="Reasons">Every rule that hit, shadow rules included.</param>
/// <param name="Degraded">What was not known, such as velocity.card; empty when all was.</param>
/// <param name="Recorded">Whether the database has it; else it is stored later, with this content.</param>
/// <param name="RuleSet">The rules that decided.</param>
/// <param name="ElapsedMs">From the request's arrival to the decision.</param>
[Description("A decision. The same for every request about this payment; only recorded may turn true.")]
internal sealed record AssessmentAnswer(
    string Id, string PaymentId, string Decision, int Score, IReadOnlyList<AnswerReason> Reasons,
    IReadOnlyList<string> Degraded, bool Recorded, string RuleSet, double ElapsedMs);

internal sealed record AnswerReason(string Code, string Rule, string Mode);
