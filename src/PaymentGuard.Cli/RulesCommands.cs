using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Platform;
using PaymentGuard.Rules;

namespace PaymentGuard.Cli;

/// <summary><c>paymentguard rules</c>: check a folder of rules, list it, explain a decision, evaluate cases of the language.</summary>
internal static class RulesCommands
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create() => new("rules", "Check, list and explain rules")
    {
        Check(), List(), RulesExplainCommand.Create(), RulesEvaluateCommand.Create(),
    };

    internal static string Word<T>(T value) where T : struct, Enum => YamlFields.YamlWord(value.ToString());

    internal static string ActionOf(Rule rule) => rule.Action == RuleAction.Score ? $"score {rule.Points:+0;-0}" : Word(rule.Action);

    private static Command Check()
    {
        var (folder, json) = (Folder(), CommonOptions.Json());
        var command = new Command("check", "Load the rules and run each rule's own tests; exit code 1 when anything fails") { folder, json };
        command.SetAction(parsed =>
        {
            var report = RuleCheck.Run(parsed.GetRequiredValue(folder), TimeProvider.System.GetUtcNow());
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(AsJson(report), Json));
            else Print(report);
            return report.Passed ? 0 : 1;
        });
        return command;
    }

    private static void Print(RuleCheckReport report)
    {
        foreach (var diagnostic in report.Diagnostics) Console.WriteLine(diagnostic);
        var failed = report.Tests.Where(test => !test.Passed).ToList();
        foreach (var test in failed)
            Console.WriteLine($"{test.File}: test failed: {test.Rule}, \"{test.Test}\": expected {Word(test.Expected)}, was {Word(test.Actual)}");
        var errors = report.Diagnostics.Count(diagnostic => !diagnostic.IsWarning);
        Console.WriteLine($"{report.Rules.Count} rules, {report.Tests.Count - failed.Count} tests passed, {failed.Count} failed, {errors} errors, {report.Diagnostics.Count - errors} warnings");
        if (report.Passed) Console.WriteLine(report.Hash);
    }

    private static object AsJson(RuleCheckReport report) => new
    {
        passed = report.Passed,
        ruleSet = report.Hash,
        rules = report.Rules.Count,
        diagnostics = report.Diagnostics.Select(diagnostic => new
        {
            file = diagnostic.File,
            line = diagnostic.Line,
            column = diagnostic.Column,
            length = diagnostic.Length,
            severity = diagnostic.IsWarning ? "warning" : "error",
            message = diagnostic.Message,
        }),
        tests = report.Tests.Select(test => new
        {
            file = test.File,
            rule = test.Rule,
            test = test.Test,
            expected = Word(test.Expected),
            actual = Word(test.Actual),
            passed = test.Passed,
        }),
    };

    private static Command List()
    {
        var (folder, json) = (Folder(), CommonOptions.Json());
        var command = new Command("list", "List the rules of a folder") { folder, json };
        command.SetAction(parsed =>
        {
            var load = RuleFiles.Load(parsed.GetRequiredValue(folder));
            foreach (var diagnostic in load.Diagnostics) Console.Error.WriteLine(diagnostic);
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(load.Rules.Select(AsJson), Json));
            else foreach (var file in load.Rules) Console.WriteLine($"{Word(file.Rule.Mode),-8} {ActionOf(file.Rule),-10} {file.Rule.Id,-40} {file.Rule.Description}");
            return load.RuleSet is null ? 1 : 0;
        });
        return command;
    }

    private static object AsJson(RuleFile file) => new
    {
        id = file.Rule.Id,
        file = file.Source.Path,
        action = ActionOf(file.Rule),
        mode = Word(file.Rule.Mode),
        when = file.Rule.When.Source,
        whenUnavailable = Word(file.Rule.WhenUnavailable),
        reasonCode = file.Rule.ReasonCode,
        sanction = file.Rule.Sanction,
        freeze = file.Rule.Freeze,
        owner = file.Rule.Owner,
        description = file.Rule.Description,
        cost = file.Rule.When.Cost,
        tests = file.Tests.Count,
    };

    private static Argument<string> Folder() => new("DIR")
    {
        Description = "Folder of rules; PAYMENTGUARD_RULES unless given",
        DefaultValueFactory = _ => Settings.FromEnvironment().RulesFolder,
    };
}
