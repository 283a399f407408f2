using PaymentGuard.Claims;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;
using YamlDotNet.RepresentationModel;

namespace PaymentGuard.Rules;

/// <summary>What one of a rule's own tests showed.</summary>
internal sealed record RuleTestResult(string File, string Rule, string Test, TestExpectation Expected, TestExpectation Actual)
{
    public bool Passed => Expected == Actual;
}

/// <summary>What is wrong with a rules folder, and how its rules' tests went.</summary>
/// <param name="Hash">Null when the folder cannot be used.</param>
internal sealed record RuleCheckReport(
    string? Hash, IReadOnlyList<RuleDiagnostic> Diagnostics, IReadOnlyList<RuleFile> Rules, IReadOnlyList<RuleTestResult> Tests)
{
    public bool Passed => Diagnostics.All(diagnostic => diagnostic.IsWarning) && Tests.All(test => test.Passed);
}

/// <summary>Loads a rules folder, with the rules of claims and the calendars, and runs every rule's own tests, drafts' too. Nothing is read from any store.</summary>
internal sealed class RuleCheck
{
    private readonly RuleSetLoad load;
    private readonly List<RuleDiagnostic> diagnostics;
    private readonly DateOnly today;

    private RuleCheck(RuleSetLoad load, DateTimeOffset now)
    {
        (this.load, diagnostics) = (load, [.. load.Diagnostics]);
        today = DateOnly.FromDateTime(now.UtcDateTime);
    }

    public static RuleCheckReport Run(string folder, DateTimeOffset now)
    {
        var check = new RuleCheck(RuleFiles.Load(folder, now), now);
        check.diagnostics.AddRange(ClaimRules.Check(folder));
        var tests = check.load.Rules.SelectMany(check.Run).ToList();
        return new RuleCheckReport(check.load.RuleSet?.Hash, check.diagnostics, check.load.Rules, tests);
    }

    private List<RuleTestResult> Run(RuleFile file)
    {
        if (file.Tests.Count == 0) diagnostics.Add(file.Source.At(1, 1, int.MaxValue, "The rule has no tests.", isWarning: true));
        if (file.Rule.Guardrails?.Expires < today)
            diagnostics.Add(file.Source.At(1, 1, int.MaxValue, $"The rule expired on {file.Rule.Guardrails.Expires:yyyy-MM-dd}: look at it again.", isWarning: true));
        var layout = new SignalLayout(file.Rule.When.Attributes, file.Rule.When.Velocities);
        var condition = ConditionBlock.Compile([file.Rule.When], layout);
        var results = new List<RuleTestResult>();
        foreach (var test in file.Tests)
            if (SignalsOf(file, test, layout) is { } signals)
                results.Add(new(file.Source.Path, file.Rule.Id, test.Name, test.Expect, Evaluate(condition, signals)));
        return results;
    }

    private static TestExpectation Evaluate(ConditionBlock condition, Signals signals)
    {
        condition.Evaluate(signals, out var isTrue, out var isMissing);
        return isTrue != 0 ? TestExpectation.Match : isMissing != 0 ? TestExpectation.Missing : TestExpectation.NoMatch;
    }

    /// <summary>Null, with diagnostics, when something given cannot be understood.</summary>
    private Signals? SignalsOf(RuleFile file, RuleTest test, SignalLayout layout)
    {
        var signals = new Signals(layout.SlotCount);
        signals.SetRates(new ReferenceData(IpCountries.None, load.Rates), DateTimeOffset.MaxValue);
        var isUnderstood = true;
        foreach (var (name, value) in test.Given) isUnderstood &= TryGive(file.Source, name, value, layout, signals);
        foreach (var name in test.Unavailable) isUnderstood &= TryTakeAway(file.Source, name, layout, signals);
        return isUnderstood ? signals : null;
    }

    private bool TryGive(SourceFile file, YamlScalarNode name, YamlScalarNode value, SignalLayout layout, Signals signals)
    {
        if (SignalNamed(file, name) is not { } signal) return false;
        var slot = layout.SlotOf(signal.Name);
        if (slot < 0) Warn(file, name, $"The rule does not read {name.Value}; it reads {string.Join(", ", NamesIn(layout))}.");
        if (slot < 0 || value.Value is null or "" or "missing" or "null" or "~") return true;
        if (Constants.TryRead(value.Value, signal.Type, out var known)) signals.Set(slot, known);
        else return Refuse(file, value, $"'{value.Value}' is no {YamlFields.YamlWord(signal.Type.ToString())}{Example(signal.Type)}.");
        return true;
    }

    private bool TryTakeAway(SourceFile file, YamlScalarNode name, SignalLayout layout, Signals signals)
    {
        var entity = name.Value!.StartsWith("velocity.", StringComparison.Ordinal) ? name.Value["velocity.".Length..] : name.Value;
        var entities = layout.Velocities.Select(velocity => velocity.Entity).Distinct().ToList();
        if (!entities.Contains(entity)) return Refuse(file, name, $"The rule reads no velocity of '{entity}'; it reads those of: {string.Join(", ", entities)}.");
        for (var n = 0; n < layout.Velocities.Count; n++)
            if (layout.Velocities[n].Entity == entity) signals.SetUnavailable(layout.FirstVelocitySlot + n);
        return true;
    }

    /// <summary>A name in any spelling that rules may use, read by the language itself.</summary>
    private (string Name, SignalType Type)? SignalNamed(SourceFile file, YamlScalarNode name)
    {
        if (Expressions.Check(name.Value ?? "", load.Scope, out var found) is { } expression)
            switch (expression)
            {
                case { Attributes: [var attribute], Velocities: [] } when attribute.Aliases.Prepend(attribute.Name).Contains(name.Value!.Trim(' ', ':')):
                    return (attribute.Name, attribute.Type);
                case { Attributes: [], Velocities: [var velocity] }:
                    return (velocity.Text, expression.Type);
            }
        Refuse(file, name, found.Count > 0 ? found[0].Message : "Name one attribute or one velocity.");
        return null;
    }

    private static IEnumerable<string> NamesIn(SignalLayout layout) =>
        layout.Attributes.Select(attribute => attribute.Name).Concat(layout.Velocities.Select(velocity => velocity.Text));

    private void Warn(SourceFile file, YamlScalarNode at, string message) =>
        diagnostics.Add(file.At(at.Start.Line, at.Start.Column, at.Value!.Length, message, isWarning: true));

    private bool Refuse(SourceFile file, YamlScalarNode at, string message)
    {
        diagnostics.Add(file.At(at.Start.Line, at.Start.Column, at.Value?.Length ?? 1, message));
        return false;
    }

    private static string Example(SignalType type) => type switch
    {
        SignalType.Money => ": 1.20 EUR",
        SignalType.Duration => ": 2h",
        SignalType.Timestamp => ": 2026-11-21T10:00:00Z",
        SignalType.Bool => ": true or false",
        SignalType.Int => ": 3",
        SignalType.Double => ": 0.5",
        _ => "",
    };
}
