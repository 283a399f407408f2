using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.OpenApi;
using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Sca;

namespace PaymentGuard.Assessments;

/// <summary>Adds to the API's description what <see cref="AttemptChecks"/> demands of an attempt beyond its types, and the words of an answer.</summary>
internal static class AssessmentSchemas
{
    private const string Country = "^[A-Z]{2}$";

    public static void Describe(OpenApiSchema schema, JsonTypeInfo type, JsonPropertyInfo? property)
    {
        // A request is read strictly; an answer may grow.
        if (type.Type.Namespace == typeof(PaymentAttempt).Namespace) schema.AdditionalPropertiesAllowed = false;
        if (property is null) return;
        switch (property.DeclaringType.Name, property.Name)
        {
            case (nameof(PaymentAttempt), "deadlineMs"): Between(schema, PaymentAttempt.DeadlineMsMin, PaymentAttempt.DeadlineMsMax); break;
            case (nameof(Money), "minor"): Between(schema, 0, AttemptChecks.AmountMinorMax); break;
            case (nameof(Money), "currency"): schema.Pattern = "^[A-Z]{3}$"; break;
            case (nameof(PaymentFacts) or nameof(AccountFacts) or nameof(MerchantFacts) or nameof(DeviceFacts), "id"): Length(schema, 1, AttemptChecks.IdLengthMax); break;
            case (nameof(CardFacts), "token"): Length(schema, 1, AttemptChecks.TokenLengthMax); break;
            case (nameof(CardFacts), "bin"): schema.Pattern = "^[0-9]{6,8}$"; break;
            case (nameof(CardFacts), "last4"):
            case (nameof(MerchantFacts), "category"): schema.Pattern = "^[0-9]{4}$"; break;
            case (nameof(AccountFacts), "email"): Length(schema, 3, AttemptChecks.EmailLengthMax); break;
            case (nameof(AssessmentAnswer), "decision"): Words(schema, Enum.GetValues<Decision>().Where(decision => decision != Decision.Undecided).Select(AnswerJson.Name)); break;
            case (nameof(AnswerReason), "mode"): Words(schema, new[] { RuleMode.Live, RuleMode.Rollout, RuleMode.Shadow }.Select(AnswerJson.Name)); break;
            case (nameof(ScaFacts), "instrument"): Words(schema, ScaFacts.Instruments); break;
            case (nameof(ScaFacts), "initiatedBy"): Words(schema, ScaFacts.Initiators); break;
            case (nameof(ScaFacts), "seriesId"): Length(schema, 1, AttemptChecks.IdLengthMax); break;
            case (nameof(ScaFacts), "payerCountry" or "payeeCountry"): schema.Pattern = Country; break;
            case (nameof(AnswerSca), "exemption"): Words(schema, ScaWords.Exemptions); break;
            case (nameof(AnswerSca), "reason"): Words(schema, ScaWords.Reasons); break;
            case (_, "country"): schema.Pattern = Country; break;
        }
    }

    private static void Between(OpenApiSchema schema, long min, long max) =>
        (schema.Minimum, schema.Maximum) = (min.ToString(CultureInfo.InvariantCulture), max.ToString(CultureInfo.InvariantCulture));

    private static void Length(OpenApiSchema schema, int min, int max) => (schema.MinLength, schema.MaxLength) = (min, max);

    private static void Words(OpenApiSchema schema, IEnumerable<string> words) => schema.Enum = [.. words.Select(word => System.Text.Json.Nodes.JsonValue.Create(word))];
}
