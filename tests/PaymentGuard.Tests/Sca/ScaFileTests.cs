using PaymentGuard.Domain.Sca;
using PaymentGuard.Rules;
using PaymentGuard.Sca;
using PaymentGuard.Tests.Rules;

namespace PaymentGuard.Tests.Sca;

public sealed class ScaFileTests
{
    private const string Good = "low_value:\n  - { region: EU, amount_max: 30 EUR, cumulative_max: 100 EUR, count_max: 5 }\ntra:\n  - { instrument: card, amount_max: 100 EUR, fraud_rate_max: 0.13% }\n";

    [Theory]
    [InlineData("region: EU", "regoin: EU", 2, 7, "did you mean 'region'?")]
    [InlineData("region: EU, ", "", 2, 5, "'region' is missing.")]
    [InlineData("30 EUR", "30", 2, 31, "an amount above 0 with its currency")]
    [InlineData("30 EUR", "30 EUX", 2, 31, "an amount above 0 with its currency")]
    [InlineData("30 EUR", "0 EUR", 2, 31, "an amount above 0 with its currency")]
    [InlineData("30 EUR", "-30 EUR", 2, 31, "an amount above 0 with its currency")]
    [InlineData("100 EUR, count", "100 GBP, count", 2, 55, "Both amounts are in one currency")]
    [InlineData("count_max: 5", "count_max: -1", 2, 75, "'count_max' has to be a whole number")]
    [InlineData("card", "cash", 4, 19, "Unknown instrument 'cash'")]
    [InlineData("0.13%", "0.13", 4, 62, "a percentage from 0% to 100%")]
    [InlineData("0.13%", "100.1%", 4, 62, "a percentage from 0% to 100%")]
    [InlineData("0.13%", "0.1300001%", 4, 62, "a percentage from 0% to 100%")]
    [InlineData("0.13%", "-0.13%", 4, 62, "a percentage from 0% to 100%")]
    [InlineData("tra:", "trA:", 3, 1, "did you mean 'tra'?")]
    [InlineData("tra:\n", "tra: soon\nx:\n", 3, 6, "'tra' has to be a list")]
    [InlineData("0.13% }\n", "0.13% }\n  - { instrument: card, amount_max: 100 EUR, fraud_rate_max: 0.1% }\n", 5, 37, "ascending order")]
    [InlineData("0.13% }\n", "0.13% }\n  - { instrument: card, amount_max: 250 EUR, fraud_rate_max: 0.2% }\n", 5, 62, "cannot have a larger fraud rate")]
    [InlineData("low_value:", "counter: both\nlow_value:", 1, 10, "Unknown counter 'both'")]
    [InlineData("low_value:", "findings: { malware_in_session: [] }\nlow_value:", 1, 33, "at least one rule")]
    [InlineData("low_value:", "findings: { malware_in_sesion: [x] }\nlow_value:", 1, 13, "did you mean 'malware_in_session'?")]
    [InlineData("tra:\n", "  - { region: EU, amount_max: 3 EUR, cumulative_max: 9 EUR, count_max: 5 }\ntra:\n", 3, 15, "limits for EU in EUR already")]
    public void Load_FaultyLimits_AreToldWithTheirPlace(string good, string bad, int line, int column, string message)
    {
        var diagnostics = Diagnostics(Good.Replace(good, bad, StringComparison.Ordinal));
        Assert.Contains(diagnostics, found => (found.Line, found.Column) == (line, column) && found.Message.Contains(message, StringComparison.Ordinal));
        using var folder = ScaCasesTests.WithLimits(Good.Replace(good, bad, StringComparison.Ordinal));
        Assert.Contains($"sca.yaml:{line}:{column}: error: ", Assert.Throws<InvalidDataException>(() => ScaFile.Load(folder.Path)).Message);
    }

    [Fact]
    public void Load_SmallFile_HasItsNumbersExactly()
    {
        using var folder = ScaCasesTests.WithLimits(Good.Replace("0.13%", "0.000001%"));
        var limits = ScaFile.Load(folder.Path);
        Assert.Equal(new LowValueLimits("EU", "EUR", 3_000, 10_000, 5), limits.LowValueOf("EU", "EUR"));
        Assert.Equal(new TraBand(10_000, new ReferenceRate(1)), Assert.Single(limits.TraOf(PaymentInstrument.Card, "EUR")!.Bands));
        Assert.Null(limits.LowValueOf("UK", "EUR"));
        Assert.Null(limits.TraOf(PaymentInstrument.CreditTransfer, "EUR"));
    }

    [Fact]
    public void Load_FolderWithoutLimits_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("There is no sca.yaml", Assert.Throws<InvalidDataException>(() => ScaFile.Load(folder.Path)).Message);
    }

    [Fact]
    public void RulesCheck_FaultyLimitsBesideARule_IsToldAndTheFileIsNoRule()
    {
        var rule = ("a.yaml", RuleTexts.Rule("x", "decline", "hour > 1"));
        Assert.NotNull(RuleTexts.Load(rule, (ScaFile.Name, Good)).RuleSet);
        var faulty = RuleTexts.Load(rule, (ScaFile.Name, Good.Replace("card", "cash")));
        Assert.Null(faulty.RuleSet);
        Assert.Equal(ScaFile.Name, Assert.Single(faulty.Diagnostics).File);
    }

    private const string Findings =
        "findings:\n  abnormal_spending_or_behaviour: [x]\n  unusual_device_or_software: [x]\n  malware_in_session: [x]\n  known_fraud_scenario: [x, y]\n  abnormal_payer_location: [x]\n  high_risk_payee_location: [x]\n";

    [Fact]
    public void RulesCheck_FindingNamesNoRule_IsAnErrorWithItsPlace()
    {
        var load = RuleTexts.Load(("a.yaml", RuleTexts.Rule("x", "decline", "hour > 1")), (ScaFile.Name, Good + Findings));
        Assert.Null(load.RuleSet);
        var error = Assert.Single(load.Diagnostics);
        Assert.Equal((ScaFile.Name, 9, 29), (error.File, error.Line, error.Column));
        Assert.Contains("Unknown rule 'y'", error.Message);
    }

    [Fact]
    public void RulesCheck_FindingNamesADraft_WarnsAndNoRiskIsKnownToBeLow()
    {
        var (x, y) = (("a.yaml", RuleTexts.Rule("x", "decline", "hour > 1")), RuleTexts.Rule("y", "decline", "hour > 1"));
        var good = RuleTexts.Load(x, ("b.yaml", y), (ScaFile.Name, Good + Findings)).RuleSet!;
        Assert.Equal(6, good.Sca.Findings!.Count);
        Assert.Equal(LowValueCounter.Count, good.Sca.Counter);
        var draft = RuleTexts.Load(x, ("b.yaml", y.Replace("mode: live", "mode: draft")), (ScaFile.Name, "counter: amount\n" + Good + Findings));
        Assert.Null(draft.RuleSet!.Sca.Findings);
        Assert.Equal(LowValueCounter.Amount, draft.RuleSet.Sca.Counter);
        Assert.Contains(draft.Diagnostics, found => found.IsWarning && found.Message.Contains("no payment is exempt for a low risk"));
    }

    private static List<RuleDiagnostic> Diagnostics(string text)
    {
        var diagnostics = new List<RuleDiagnostic>();
        ScaFile.Read(new SourceFile(ScaFile.Name, text), diagnostics);
        return diagnostics;
    }
}
