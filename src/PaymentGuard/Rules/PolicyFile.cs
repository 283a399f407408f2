using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Rules;

namespace PaymentGuard.Rules;

/// <summary>Reads <c>policy.yaml</c>: the default decision, the score bands, the cost budgets.</summary>
internal static class PolicyFile
{
    private const int ScoreMax = 1_000_000;

    public static RulePolicy Read(SourceFile file, List<RuleDiagnostic> diagnostics)
    {
        if (YamlFields.RootOf(file, diagnostics) is not { } root) return RulePolicy.Silent;
        var fields = new YamlFields(file, root, diagnostics, ["default", "score_bands", "budgets"]);
        var budgets = fields.Mapping("budgets", ["rule_cost", "rule_set_cost"]);
        return new RulePolicy(
            DecisionOf(fields, "default") ?? Decision.Approve,
            Bands(fields),
            budgets?.Number("rule_cost", 1, int.MaxValue) ?? RulePolicy.DefaultRuleCostMax,
            budgets?.Number("rule_set_cost", 1, int.MaxValue) ?? RulePolicy.DefaultRuleSetCostMax);
    }

    private static IReadOnlyList<ScoreBand> Bands(YamlFields fields)
    {
        var bands = new List<ScoreBand>();
        foreach (var band in fields.Mappings("score_bands", ["from", "decision"]))
        {
            if (band.Number("from", -ScoreMax, ScoreMax, required: true) is not { } from || DecisionOf(band, "decision", required: true) is not { } decision) continue;
            if (bands.Count > 0 && from <= bands[^1].From) band.Error("from", "Bands stand in ascending order, each from a higher score than the one before.");
            bands.Add(new ScoreBand(from, decision));
        }
        return bands;
    }

    private static Decision? DecisionOf(YamlFields fields, string key, bool required = false)
    {
        var decision = fields.Word<Decision>(key, required);
        if (decision != Decision.Undecided) return decision;
        fields.Error(key, $"'{key}' has to be approve, challenge, review or decline.");
        return null;
    }
}
