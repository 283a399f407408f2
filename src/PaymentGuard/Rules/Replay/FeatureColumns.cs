using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;
using YamlDotNet.RepresentationModel;

namespace PaymentGuard.Rules.Replay;

/// <summary>One column of a table of features.</summary>
/// <param name="Expression">A number, an amount, a duration or a Bool (1 or 0) in the rule language; missing, and what is no finite number, counts as 0.</param>
internal sealed record FeatureColumn(string Name, CheckedExpression Expression)
{
    public static bool IsNumber(SignalType type) =>
        type is SignalType.Bool or SignalType.Int or SignalType.Double or SignalType.Money or SignalType.Duration;

    /// <summary>How many decimals the column is written with: an amount has cents, whole numbers have none.</summary>
    public int Decimals => Expression.Type switch
    {
        SignalType.Bool or SignalType.Int => 0,
        SignalType.Money => 2,
        _ => 9,
    };
}

/// <summary>Reads which expression is which column: a YAML mapping of names to expressions, in the order of the columns.</summary>
internal static class FeatureFile
{
    /// <exception cref="InvalidDataException">Tells every mistake with its place.</exception>
    public static IReadOnlyList<FeatureColumn> Read(string path, LanguageScope scope)
    {
        var file = new SourceFile(path, File.ReadAllText(path));
        var diagnostics = new List<RuleDiagnostic>();
        var columns = new List<FeatureColumn>();
        if (YamlFields.RootOf(file, diagnostics) is { } root)
            foreach (var (name, expression) in new YamlFields(file, root, diagnostics, known: null).Entries)
                if (Column(file, name, expression, scope, diagnostics) is { } column) columns.Add(column);
        if (diagnostics.Count > 0) throw new InvalidDataException(string.Join(Environment.NewLine, diagnostics));
        return columns;
    }

    private static FeatureColumn? Column(
        SourceFile file, YamlScalarNode name, YamlNode expression, LanguageScope scope, List<RuleDiagnostic> diagnostics)
    {
        var text = (expression as YamlScalarNode)?.Value ?? "";
        var number = Expressions.Check(text, scope, out var mistakes) is { } valid && FeatureColumn.IsNumber(valid.Type) ? valid : null;
        foreach (var mistake in mistakes)
            diagnostics.Add(file.At(expression.Start.Line, expression.Start.Column + mistake.Start, Math.Max(1, mistake.Length), mistake.Message));
        if (mistakes.Count == 0 && number is null)
            diagnostics.Add(file.At(expression.Start.Line, expression.Start.Column, text.Length, "A column is a number, an amount, a duration or a Bool."));
        return number is null ? null : new FeatureColumn(name.Value!, number);
    }
}

/// <summary>Computes the columns from the signals of one payment.</summary>
internal sealed class FeaturePrograms(IReadOnlyList<FeatureColumn> columns, SignalLayout layout)
{
    private readonly ExpressionProgram[] programs = [.. columns.Select(column => ExpressionProgram.Compile(column.Expression, layout))];

    public void Compute(Signals signals, Span<double> values)
    {
        for (var column = 0; column < programs.Length; column++)
            values[column] = programs[column].TryEvaluateNumber(signals, out var value) && double.IsFinite(value) ? value : 0;
    }
}
