using PaymentGuard.Domain.Rules.Language.Checking;
using PaymentGuard.Domain.Rules.Language.Syntax;

namespace PaymentGuard.Domain.Rules.Language;

/// <summary>The way into the rule language.</summary>
public static class Expressions
{
    /// <summary>
    /// Parses and type-checks. Null when there is a mistake; then <paramref name="diagnostics"/> holds all of them, in the order of the source.
    /// Never throws, whatever the text.
    /// </summary>
    public static CheckedExpression? Check(string source, LanguageScope scope, out IReadOnlyList<Diagnostic> diagnostics)
    {
        var mistakes = new List<Diagnostic>();
        var expression = Check(source, scope, mistakes);
        diagnostics = [.. mistakes.Distinct().OrderBy(mistake => mistake.Start).ThenBy(mistake => mistake.Kind)];
        return mistakes.Count == 0 ? expression : null;
    }

    private static CheckedExpression? Check(string source, LanguageScope scope, List<Diagnostic> mistakes)
    {
        if (IsTooLong(source))
        {
            mistakes.Add(new Diagnostic(DiagnosticKind.Limit, $"The expression has more than {LanguageLimits.CharactersMax} characters.", 0, source.Length));
            return null;
        }
        var root = Parser.Parse(source, mistakes, out var nodes);
        if (mistakes.Any(mistake => mistake.Kind == DiagnosticKind.Limit)) return null;
        var checker = new Checker(source, scope, mistakes);
        var isReadable = mistakes.TrueForAll(mistake => mistake.Kind != DiagnosticKind.Syntax);
        var typed = isReadable ? checker.Check(root) : checker.CheckNames(root);
        if (typed is null || mistakes.Count > 0) return null;
        var cost = CostEstimate.Of(typed);
        if (cost > LanguageLimits.CostMax)
            mistakes.Add(new Diagnostic(DiagnosticKind.Limit, "The expression would cost too much: lists are walked inside lists.", 0, source.Length));
        return new CheckedExpression(source, typed, nodes)
        {
            Attributes = checker.Attributes, Velocities = checker.Velocities, Lists = checker.Lists, Cost = cost,
        };
    }

    private static bool IsTooLong(string source) =>
        source.Length > LanguageLimits.CharactersMax && source.EnumerateRunes().Count() > LanguageLimits.CharactersMax;
}
