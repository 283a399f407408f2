using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;
using PaymentGuard.Domain.Rules.Language.Syntax;

namespace PaymentGuard.Tests.Rules.Language;

public sealed class CompiledConditionTests
{
    private const int ExpressionsPerSeed = 8, PaymentsPerSeed = 8, Depth = 3;

    private static readonly LanguageScope Scope = new(RandomExpression.Attributes);
    private static readonly SignalLayout Layout = new(RandomExpression.Attributes, []);

    [Fact]
    public void Evaluate_AnyConditionAndAnyMissingValues_AgreesWithTheReference() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(150), Prop.ForAll(ArbMap.Default.ArbFor<int>(), AgreesWithReference));

    private static void AgreesWithReference(int seed)
    {
        var generator = new RandomExpression(seed);
        var nodes = Enumerable.Range(0, ExpressionsPerSeed).Select(_ => generator.Condition(Depth)).ToList();
        var conditions = nodes.Select(CheckPrinted).ToList();
        var block = ConditionBlock.Compile(conditions, Layout);
        for (var payment = 0; payment < PaymentsPerSeed; payment++)
        {
            var values = generator.Values();
            block.Evaluate(SignalsOf(values), out var isTrue, out var isMissing);
            var reference = new ReferenceEvaluator(values);
            for (var n = 0; n < nodes.Count; n++)
            {
                var actual = (isMissing >> n & 1) != 0 ? null : (object)((isTrue >> n & 1) != 0);
                Assert.True(Equals(reference.Evaluate(nodes[n]), actual), $"{conditions[n].Source} gave {actual ?? "missing"} for {string.Join(", ", values)}");
            }
        }
    }

    /// <summary>By way of its text, which tests printer and parser as well.</summary>
    private static CheckedExpression CheckPrinted(Node node)
    {
        var source = Printer.Print(node);
        var expression = Expressions.Check(source, Scope, out var diagnostics);
        Assert.True(expression is not null, $"{source}: {string.Join(" ", diagnostics.Select(diagnostic => diagnostic.Message))}");
        Assert.Equal(source, Printer.Print(Parser.Parse(source, [], out _)));
        return expression;
    }

    private static Signals SignalsOf(Dictionary<string, object?> values)
    {
        var signals = new Signals(Layout.SlotCount);
        foreach (var (name, value) in values)
            if (value is not null) signals.Set(Layout.SlotOf(name), Signal.OfValue(value));
        return signals;
    }
}
