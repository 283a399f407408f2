using System.Globalization;
using System.Text.RegularExpressions;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;
using YamlDotNet.RepresentationModel;

namespace PaymentGuard.Rules;

/// <summary>What a rule's condition is to be in one of the rule's own tests.</summary>
internal enum TestExpectation
{
    Match,
    NoMatch,
    Missing,
}

/// <summary>One of a rule's own tests. What is not given is missing.</summary>
/// <param name="Given">Attribute name or velocity call, in any spelling, and its value; each with its place in the file.</param>
/// <param name="Unavailable">Entities whose velocities could not be read, or <c>list.name</c>.</param>
internal sealed record RuleTest(
    string Name, IReadOnlyList<(YamlScalarNode Name, YamlScalarNode Value)> Given, IReadOnlyList<YamlScalarNode> Unavailable, TestExpectation Expect);

/// <summary>One rule's file, read.</summary>
/// <param name="Id">Where the rule's id stands.</param>
internal sealed record RuleFile(SourceFile Source, YamlScalarNode Id, Rule Rule, IReadOnlyList<RuleTest> Tests);

/// <summary>Reads the file of one rule; every fault is a diagnostic, and null is given when the rule cannot be used.</summary>
internal sealed partial class RuleFileReader(LanguageScope scope, RulePolicy policy, List<RuleDiagnostic> diagnostics)
{
    private const int PointsMax = 1_000;

    private static readonly string[] Keys =
    [
        "id", "description", "action", "when", "reason_code", "mode", "rollout", "when_unavailable", "sanction", "freeze", "guardrails", "owner", "tests",
    ];

    private static readonly string[] Actions = ["approve", "challenge", "review", "decline", "score +25", "observe"];

    public RuleFile? Read(SourceFile file)
    {
        var errorsBefore = diagnostics.Count;
        if (YamlFields.RootOf(file, diagnostics) is not { } root) return null;
        var fields = new YamlFields(file, root, diagnostics, Keys);
        var id = Id(fields);
        var (action, points) = Action(fields);
        var mode = fields.Word<RuleMode>("mode", required: true);
        var when = fields.Scalar("when", required: true);
        var condition = when is null ? null : Condition(file, when);
        var rule = new Rule(
            id ?? "", action, condition!, ReasonCode(fields, id), mode ?? RuleMode.Draft, Unavailable(fields, action), points,
            Sanction(fields, action), Rollout(fields, mode), Guardrails(fields), fields.Text("description"), fields.Text("owner"), Freeze(fields, action));
        if (condition is not null && action == RuleAction.Approve) DemandBound(fields, condition);
        var tests = Tests(fields);
        return diagnostics.Count == errorsBefore ? new RuleFile(file, fields.Scalar("id")!, rule, tests) : null;
    }

    private static string? Id(YamlFields fields)
    {
        var id = fields.Text("id", required: true);
        if (id is not null && !IdPattern().IsMatch(id)) fields.Error("id", "An id has 1 to 64 small letters, digits and dashes, and begins with a letter.");
        return id;
    }

    private static (RuleAction Action, int Points) Action(YamlFields fields)
    {
        if (fields.Scalar("action", required: true) is not { } scalar) return default;
        var text = scalar.Value!;
        if (ScorePattern().Match(text) is { Success: true } score)
        {
            if (int.TryParse(score.Groups[1].ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var points)
                && Math.Abs((long)points) <= PointsMax) return (RuleAction.Score, points);
            fields.Error(scalar, $"A score adds −{PointsMax:N0} to +{PointsMax:N0} points.");
        }
        else if (text is "score") fields.Error(scalar, "A score needs its points: 'score +25'.");
        else if (Enum.TryParse<RuleAction>(text, ignoreCase: true, out var action) && YamlFields.YamlWord(action.ToString()) == text) return (action, 0);
        else fields.Error(scalar, YamlFields.UnknownName("action", text, Actions));
        return default;
    }

    private CheckedExpression? Condition(SourceFile file, YamlScalarNode when)
    {
        var condition = Expressions.Check(when.Value!, scope, out var found);
        foreach (var fault in found)
        {
            var (line, column) = ScalarPlace.Of(file, when, fault.Start);
            diagnostics.Add(file.At(line, column, fault.Length, fault.Message));
        }
        if (condition is null) return null;
        if (condition.Type != SignalType.Bool)
            diagnostics.Add(AtScalar(file, when, $"'when' has to be true or false, and this is {Article(condition.Type)}."));
        if (condition.Cost > policy.RuleCostMax)
            diagnostics.Add(AtScalar(file, when, $"The condition costs {condition.Cost:N0}, over the budget of {policy.RuleCostMax:N0} a rule."));
        return condition;
    }

    private static string ReasonCode(YamlFields fields, string? id)
    {
        var code = fields.Text("reason_code");
        if (code is not null && !ReasonCodePattern().IsMatch(code))
            fields.Error("reason_code", "A reason code has 1 to 64 capitals, digits and underscores: CARD_TESTING.");
        return code ?? (id ?? "").ToUpperInvariant().Replace('-', '_');
    }

    private static WhenUnavailable Unavailable(YamlFields fields, RuleAction action) =>
        fields.Word<WhenUnavailable>("when_unavailable") ?? Rule.DefaultWhenUnavailable(action);

    private static bool Sanction(YamlFields fields, RuleAction action)
    {
        var sanction = fields.Flag("sanction");
        if (sanction && action != RuleAction.Decline) fields.Error("sanction", "Only a rule that declines can be a sanction.");
        if (sanction && fields.Text("when_unavailable") == "approve")
            fields.Error("when_unavailable", "A sanction that could not be checked must not approve.");
        return sanction;
    }

    private static bool Freeze(YamlFields fields, RuleAction action)
    {
        var freeze = fields.Flag("freeze");
        if (freeze && action != RuleAction.Decline) fields.Error("freeze", "Only a rule that declines can freeze the account.");
        return freeze;
    }

    private static RuleRollout? Rollout(YamlFields fields, RuleMode? mode)
    {
        if (mode == RuleMode.Rollout && !fields.Has("rollout")) fields.Error("mode", "A rollout needs its share: 'rollout: { percent: 10, by: card }'.");
        if (fields.Mapping("rollout", ["percent", "by"]) is not { } rollout) return null;
        var share = rollout.Share("percent", required: true) ?? 0;
        var by = rollout.Text("by") ?? "account";
        if (!RolloutBucket.Entities.Contains(by))
            rollout.Error("by", YamlFields.UnknownName("entity", by, RolloutBucket.Entities.Order(StringComparer.Ordinal)));
        return new RuleRollout((int)Math.Round(share * 10_000), by);
    }

    private static RuleGuardrails? Guardrails(YamlFields fields)
    {
        if (fields.Mapping("guardrails", ["max_match_rate", "max_matches_per_minute", "expires"]) is not { } guardrails) return null;
        DateOnly? expires = null;
        if (guardrails.Text("expires") is { } text)
        {
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) expires = day;
            else guardrails.Error("expires", "'expires' has to be a day: 2027-12-31.");
        }
        return new RuleGuardrails(guardrails.Share("max_match_rate"), guardrails.Number("max_matches_per_minute", 1, int.MaxValue), expires);
    }

    private static IReadOnlyList<RuleTest> Tests(YamlFields fields)
    {
        var tests = new List<RuleTest>();
        foreach (var test in fields.Mappings("tests", ["name", "given", "unavailable", "expect"]))
        {
            var given = test.Mapping("given", known: null);
            var expect = test.Word<TestExpectation>("expect", required: true);
            tests.Add(new RuleTest(test.Text("name", required: true) ?? "", Given(given), Unavailable(test), expect ?? default));
        }
        return tests;
    }

    private static IReadOnlyList<(YamlScalarNode, YamlScalarNode)> Given(YamlFields? given)
    {
        var values = new List<(YamlScalarNode, YamlScalarNode)>();
        foreach (var (name, value) in given?.Entries ?? [])
            if (value is YamlScalarNode scalar) values.Add((name, scalar));
            else given!.Error(value, "A value has to be a plain one, such as 3, 1.20 EUR, 2h or a text.");
        return values;
    }

    private static IReadOnlyList<YamlScalarNode> Unavailable(YamlFields test)
    {
        var names = new List<YamlScalarNode>();
        foreach (var item in test.Items("unavailable"))
            if (item is YamlScalarNode { Value.Length: > 0 } name) names.Add(name);
            else test.Error(item, "Name an entity, such as card, or a list, such as list.bins.");
        return names;
    }

    /// <summary>An approve rule overrides all but sanctions, so it has to say for whom or up to how much.</summary>
    private static void DemandBound(YamlFields fields, CheckedExpression condition)
    {
        if (!ApproveBound.IsBounded(condition))
            fields.Error("when", "An approve rule has to be bounded by a list or an amount: add 'and amount <= 200 EUR' or 'and account.id in @trusted'.");
    }

    private static RuleDiagnostic AtScalar(SourceFile file, YamlScalarNode scalar, string message)
    {
        var (line, column) = ScalarPlace.Of(file, scalar, 0);
        return file.At(line, column, int.MaxValue, message);
    }

    private static string Article(SignalType type) => type == SignalType.Int ? "a whole number" : $"a {YamlFields.YamlWord(type.ToString())}";

    [GeneratedRegex("^[a-z][a-z0-9-]{0,63}$")]
    private static partial Regex IdPattern();

    [GeneratedRegex("^[A-Z][A-Z0-9_]{0,63}$")]
    private static partial Regex ReasonCodePattern();

    [GeneratedRegex(@"^score\s*([+-]\s*\d+)$")]
    private static partial Regex ScorePattern();
}
