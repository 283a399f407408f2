using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Rules;

namespace PaymentGuard.Tests.Rules;

public sealed class RuleCheckTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Run_ShippedRules_Pass()
    {
        var report = RuleCheck.Run(ShippedRules(), RuleTexts.Now);
        Assert.True(report.Passed, string.Join('\n', report.Diagnostics.Select(found => found.ToString()).Concat(report.Tests.Where(test => !test.Passed).Select(test => test.ToString()))));
        Assert.Empty(report.Diagnostics);
        Assert.True(report.Rules.Count >= 24);
        Assert.All(report.Rules, file =>
        {
            Assert.True(file.Rule is { Description: not null, Owner: not null, Guardrails.Expires: not null }, file.Source.Path);
            Assert.Contains("when_unavailable:", file.Source.Text, StringComparison.Ordinal);
            Assert.Equal(Enum.GetValues<TestExpectation>(), file.Tests.Select(test => test.Expect).Distinct().Order());
        });
    }

    [Fact]
    public void Readme_AttributeTable_IsTheCatalog()
    {
        var readme = File.ReadAllText(Path.Combine(ShippedRules(), "README.md"));
        Assert.All(PaymentAttributes.All, attribute =>
        {
            var aliases = string.Join(' ', attribute.Aliases.Select(alias => $"`{alias}`"));
            Assert.Contains($"| `{attribute.Name}` | {aliases} | {attribute.Type.ToString().ToLowerInvariant()} | {attribute.Description} |", readme, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("card.declines(10m): 3", "match")]
    [InlineData("card.declines(600s): 3", "match")]
    [InlineData("'card.declines( 10m )': 2", "no_match")]
    [InlineData("amount: 9 EUR", "missing")]
    [InlineData("card.declines(10m): missing", "missing")]
    public void Run_GivenInAnySpelling_IsUnderstood(string given, string expected)
    {
        var report = Check("card.declines(10m) >= 3", given);
        Assert.Equal(expected, YamlFields.YamlWord(Assert.Single(report.Tests).Actual.ToString()));
    }

    [Fact]
    public void Run_TestFails_TellsWhatItWas()
    {
        var report = Check("card.declines(10m) >= 3", "card.declines(10m): 2");
        Assert.False(report.Passed);
        Assert.Equal(new RuleTestResult("a.yaml", "a", "t", TestExpectation.Match, TestExpectation.NoMatch), Assert.Single(report.Tests));
    }

    [Theory]
    [InlineData("amuont: 3 EUR", "amount")]
    [InlineData("amount: 3", "is no money")]
    [InlineData("amount + amount: 3 EUR", "Name one attribute")]
    [InlineData("card.declines(10m): many", "is no int")]
    public void Run_GivenCannotBeUnderstood_IsToldWithItsPlace(string given, string message)
    {
        var found = Assert.Single(Check("card.declines(10m) >= 3 and amount < 5 EUR", given).Diagnostics);
        Assert.Contains(message, found.Message, StringComparison.Ordinal);
        Assert.Equal(8, found.Line);
    }

    [Fact]
    public void Run_GivenIsNotRead_IsAWarningThatNamesWhatIs()
    {
        var found = Assert.Single(Check("card.declines(10m) >= 3", "card.declines(5m): 3").Diagnostics);
        Assert.True(found.IsWarning);
        Assert.Contains("it reads card.declines(10m)", found.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Unavailable_MakesTheConditionMissing()
    {
        folder.Write("a.yaml", RuleTexts.Rule("a", "decline", "card.count(1h) >= 1 and amount > 1 EUR",
            more: "tests:\n  - { name: t, given: { amount: 5 EUR, card.count(1h): 3 }, unavailable: [card], expect: missing }"));
        Assert.True(RuleCheck.Run(folder.Path, RuleTexts.Now).Passed);
    }

    [Fact]
    public void Run_ExpiredOrUntestedRule_IsAWarning()
    {
        folder.Write("a.yaml", RuleTexts.Rule("a", "decline", "hour > 3", more: "guardrails: { expires: 2026-11-20 }"));
        var report = RuleCheck.Run(folder.Path, RuleTexts.Now);
        Assert.True(report.Passed);
        Assert.Equal(2, report.Diagnostics.Count(found => found.IsWarning));
    }

    private RuleCheckReport Check(string when, string given)
    {
        folder.Write("a.yaml", RuleTexts.Rule("a", "decline", when, more: $"tests:\n  - name: t\n    given:\n      {given}\n    expect: match"));
        return RuleCheck.Run(folder.Path, RuleTexts.Now);
    }

    private static string ShippedRules()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PaymentGuard.sln"))) return Path.Combine(folder.FullName, "rules");
        throw new DirectoryNotFoundException("The tests run outside the repository.");
    }
}
