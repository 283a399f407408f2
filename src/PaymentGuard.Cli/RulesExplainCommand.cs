using System.CommandLine;
using System.Text.Json;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Platform;
using PaymentGuard.Rules;

namespace PaymentGuard.Cli;

/// <summary>
/// <c>paymentguard rules explain</c>: every rule with every value it read, for a stored assessment as it was, or for a payment that is
/// not sent, with the velocities of now.
/// </summary>
internal static class RulesExplainCommand
{
    public static Command Create()
    {
        var assessment = new Argument<string?>("ASSESSMENT")
        {
            Description = "Id of a stored assessment (asm_…) or of its payment", Arity = ArgumentArity.ZeroOrOne,
        };
        var payment = new Option<FileInfo?>("--payment") { Description = "JSON of a payment, as for POST /v1/assessments; nothing is recorded" };
        var folder = new Option<string?>("--rules") { Description = "Folder of rules for --payment; PAYMENTGUARD_RULES unless given" };
        var json = CommonOptions.Json();
        var command = new Command("explain", "Show each rule's part in a decision, with the values that it read") { assessment, payment, folder, json };
        command.Validators.Add(result =>
        {
            if (result.GetValue(assessment) is null == result.GetValue(payment) is null) result.AddError("Name an assessment or a --payment.");
        });
        command.SetAction(async (parsed, ct) =>
        {
            var explainer = new DecisionExplainer(Settings.FromEnvironment(), TimeProvider.System);
            var explanation = parsed.GetValue(payment) is { } file
                ? await explainer.OfPayment(await File.ReadAllBytesAsync(file.FullName, ct), parsed.GetValue(folder), ct)
                : await explainer.OfAssessment(parsed.GetRequiredValue(assessment)!, ct);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(AsJson(explanation), RulesCommands.Json));
            else Print(explanation);
        });
        return command;
    }

    private static void Print(Explanation explanation)
    {
        Console.WriteLine($"{RulesCommands.Word(explanation.Decision)}, score {explanation.Score}, by {explanation.RuleSet}");
        if (explanation.Degraded.Count > 0) Console.WriteLine($"not read in time: {string.Join(", ", explanation.Degraded)}");
        foreach (var rule in explanation.Rules.OrderByDescending(Weight)) Print(rule);
    }

    private static void Print(ExplainedRule rule)
    {
        var outcome = rule.Result == RuleResult.Unavailable ? $"unavailable: {RulesCommands.Word(rule.Rule.WhenUnavailable)}" : RulesCommands.Word(rule.Result);
        Console.WriteLine($"\n{rule.Rule.Id}: {outcome.Replace('_', ' ')}   ({RulesCommands.ActionOf(rule.Rule)}, {RulesCommands.Word(rule.Mode)})");
        Console.WriteLine($"  {rule.Rule.When.Source.ReplaceLineEndings(" ").Trim()}");
        foreach (var value in rule.Values) Console.WriteLine($"    {value.Name} {(value.IsApproximate ? '≈' : '=')} {value.Value ?? RulesCommands.Word(value.State)}");
    }

    /// <summary>What has a part in the decision comes first.</summary>
    private static int Weight(ExplainedRule rule) => rule.Result switch
    {
        RuleResult.Match => 5,
        RuleResult.Unavailable => rule.Rule.WhenUnavailable == WhenUnavailable.Ignore ? 3 : 4,
        RuleResult.Missing => 2,
        RuleResult.NoMatch => 1,
        RuleResult.NotEvaluated => 0,
    };

    private static object AsJson(Explanation explanation) => new
    {
        decision = RulesCommands.Word(explanation.Decision),
        score = explanation.Score,
        ruleSet = explanation.RuleSet,
        degraded = explanation.Degraded,
        rules = explanation.Rules.Select(rule => new
        {
            id = rule.Rule.Id,
            action = RulesCommands.ActionOf(rule.Rule),
            mode = RulesCommands.Word(rule.Mode),
            result = RulesCommands.Word(rule.Result),
            whenUnavailable = RulesCommands.Word(rule.Rule.WhenUnavailable),
            when = rule.Rule.When.Source,
            values = rule.Values.Select(value => new { name = value.Name, state = RulesCommands.Word(value.State), value = value.Value, approximate = value.IsApproximate }),
        }),
    };
}
