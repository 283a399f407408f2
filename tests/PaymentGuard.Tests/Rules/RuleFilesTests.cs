using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Assessments;
using PaymentGuard.Rules;

namespace PaymentGuard.Tests.Rules;

public sealed class RuleFilesTests
{
    [Theory]
    [InlineData("id: a\naction: blok\nwhen: amount > 5 EUR\nmode: live\n", 2, 9, "Unknown action 'blok'")]
    [InlineData("id: a\nactoin: decline\naction: decline\nwhen: amount > 5 EUR\nmode: live\n", 2, 1, "did you mean 'action'?")]
    [InlineData("id: a\naction: decline\nwhen: amuont > 5 EUR\nmode: live\n", 3, 7, "amount")]
    [InlineData("id: a\naction: decline\nwhen: amount > 5 EUR and amuont > 5 EUR\nmode: live\n", 3, 26, "amount")]
    [InlineData("id: a\naction: decline\nwhen: 'amuont > 5 EUR'\nmode: live\n", 3, 8, "amount")]
    [InlineData("id: a\naction: decline\nwhen: >\n  amount > 5 EUR\n  and amuont < 9 EUR\nmode: live\n", 5, 7, "amount")]
    [InlineData("id: a\naction: decline\nwhen: |\n    amount > 5 EUR and\n    amuont < 9 EUR\nmode: live\n", 5, 5, "amount")]
    [InlineData("id: a\naction: decline\nwhen: amount\nmode: live\n", 3, 7, "'when' has to be true or false")]
    [InlineData("id: a\naction: decline\nwhen: amount > 5 EUR\n", 1, 1, "'mode' is missing.")]
    [InlineData("id: a\naction: decline\nwhen: amount > 5 EUR\nmode: life\n", 4, 7, "did you mean 'live'?")]
    [InlineData("id: A b\naction: decline\nwhen: amount > 5 EUR\nmode: live\n", 1, 5, "small letters")]
    [InlineData("id: a\naction: approve\nwhen: has(device.id)\nmode: live\n", 3, 7, "bounded by a list or an amount")]
    [InlineData("id: a\naction: review\nsanction: true\nwhen: has(device.id)\nmode: live\n", 3, 11, "Only a rule that declines")]
    [InlineData("id: a\naction: review\nfreeze: true\nwhen: has(device.id)\nmode: live\n", 3, 9, "Only a rule that declines can freeze")]
    [InlineData("id: a\naction: decline\nfreeze: always\nwhen: has(device.id)\nmode: live\n", 3, 9, "true or false")]
    [InlineData("id: a\naction: decline\nwhen: has(device.id)\nmode: rollout\n", 4, 7, "needs its share")]
    [InlineData("id: a\naction: decline\nwhen: has(device.id)\nmode: rollout\nrollout: { percent: 110, by: card }\n", 5, 21, "from 0% to 100%")]
    [InlineData("id: a\naction: decline\nwhen: has(device.id)\nmode: rollout\nrollout: { percent: 10, by: cart }\n", 5, 29, "did you mean 'card'?")]
    [InlineData("id: a\naction: decline\nwhen: has(device.id)\nmode: live\nguardrails: { expires: soon }\n", 5, 24, "has to be a day")]
    [InlineData("id: a\naction: score +5000\nwhen: has(device.id)\nmode: live\n", 2, 9, "points")]
    [InlineData("id: a\nid: b\naction: decline\n", 2, 1, "Not valid YAML")]
    [InlineData("id: a\n  action: decline\n", 2, 9, "Not valid YAML")]
    [InlineData("id: a\naction: [decline\nwhen: hour > 3\n", 2, 9, "Not valid YAML")]
    [InlineData("- id\n", 1, 1, "keys and values")]
    [InlineData("id: a\n---\nid: b\n", 1, 1, "One document a file")]
    public void Load_FaultyRule_IsToldWithItsPlace(string text, int line, int column, string message)
    {
        var load = RuleTexts.Load(("a.yaml", text));
        Assert.Null(load.RuleSet);
        Assert.Contains(load.Diagnostics, found => (found.Line, found.Column) == (line, column) && found.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_SeveralFaults_AllAreToldAtOnceWithACaret()
    {
        var load = RuleTexts.Load(
            ("a.yaml", "id: a\naction: decline\nwhen: amuont > 5 and card.count(10) > 3\nmode: life\n"),
            ("policy.yaml", "default: aprove\n"),
            ("lists/bins.csv", "Bin Number\n12\n"),
            ("rates.csv", "currency,rate,from\nCNY,much,2026-01-01\n"));
        Assert.Equal(["a.yaml", "a.yaml", "lists/bins.csv", "policy.yaml", "rates.csv"], load.Diagnostics.Select(found => found.File).Distinct().Prepend("a.yaml"));
        var first = load.Diagnostics[0].ToString().Split('\n');
        Assert.StartsWith("a.yaml:3:7: error: ", first[0]);
        Assert.Equal("  when: amuont > 5 and card.count(10) > 3", first[1]);
        Assert.StartsWith("        ^^^^^^", first[2]);
    }

    [Fact]
    public void Load_TwoRulesWithOneId_TheSecondIsRefused()
    {
        var load = RuleTexts.Load(("a.yaml", RuleTexts.Rule("x", "decline", "hour > 1")), ("b.yaml", RuleTexts.Rule("x", "review", "hour > 2")));
        var found = Assert.Single(load.Diagnostics);
        Assert.Equal(("b.yaml", 1, 5, "The id 'x' is taken by a.yaml."), (found.File, found.Line, found.Column, found.Message));
    }

    [Theory]
    [InlineData("amount <= 100 EUR")]
    [InlineData("100 EUR > amount")]
    [InlineData("has(device.id) and payment.amount < 100 EUR")]
    [InlineData("amount between 1 EUR and 100 EUR")]
    [InlineData("has(device.id) and account.id in @trusted and hour > 3")]
    [InlineData("(account.id in ['a_1', 'a_2'])")]
    public void Load_ApproveRuleWithABound_IsTaken(string when) => Assert.NotNull(LoadApprove(when).RuleSet);

    [Theory]
    [InlineData("amount >= 100 EUR")]
    [InlineData("amount <= 100 EUR or has(device.id)")]
    [InlineData("not (amount <= 100 EUR)")]
    [InlineData("account.id not in @trusted")]
    [InlineData("card.sum(amount, 1h) <= 100 EUR")]
    [InlineData("amount <= card.avg(amount, 30d)")]
    public void Load_ApproveRuleWithoutABound_IsRefused(string when) => Assert.Contains("bounded", Assert.Single(LoadApprove(when).Diagnostics).Message, StringComparison.Ordinal);

    [Fact]
    public void Load_Policy_GivesDefaultAndBands()
    {
        var policy = RuleTexts.SetWith("default: review\nscore_bands: [{ from: 10, decision: challenge }, { from: 20, decision: decline }]").Policy;
        Assert.Equal(Decision.Review, policy.Default);
        Assert.Equal([Decision.Undecided, Decision.Challenge, Decision.Challenge, Decision.Decline], new[] { 9, 10, 19, 20 }.Select(policy.BandOf));
    }

    [Fact]
    public void Load_BandsThatDoNotAscend_AreRefused()
    {
        var found = Assert.Single(RuleTexts.Load(("policy.yaml", "score_bands:\n  - { from: 20, decision: challenge }\n  - { from: 20, decision: decline }\n")).Diagnostics);
        Assert.Equal((3, 13), (found.Line, found.Column));
    }

    [Fact]
    public void Load_BudgetTooSmall_NamesTheRule()
    {
        var load = RuleTexts.Load(("a.yaml", RuleTexts.Rule("a", "decline", "amount > 5 EUR and hour > 3 and weekday < 6")), ("policy.yaml", "budgets: { rule_cost: 1 }"));
        Assert.Contains("over the budget of 1", Assert.Single(load.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_VelocityFile_ChangesAndAddsEntities()
    {
        var load = RuleTexts.Load(
            ("velocity.yaml", "entities:\n  card: { retention: 30d, compact_above: 320 }\n  user_agent: { letter: u, partners: [account], retention: 7d }\nvelocities:\n  tries: card.count(10m)\n"),
            ("a.yaml", RuleTexts.Rule("a", "decline", "tries > 3 and user_agent.distinct(account, 1h) > 5")));
        Assert.Empty(load.Diagnostics);
        var card = load.VelocitySettings.Entities.Single(entity => entity.Name == "card");
        Assert.Equal((TimeSpan.FromDays(30), 320, 64), (card.Retention, card.CompactAbove, card.KeepRaw));
        Assert.Contains("card.count(10m)", load.RuleSet!.Layout.Velocities.Select(velocity => velocity.Text));
    }

    [Theory]
    [InlineData("entities:\n  cart: { letter: x }\n", "did you mean 'card'?")]
    [InlineData("entities:\n  card: { partners: [acount] }\n", "did you mean 'account'?")]
    [InlineData("entities:\n  card: { retention: long }\n", "duration")]
    [InlineData("entities:\n  user_agent: { partners: [card] }\n", "'letter' is missing.")]
    [InlineData("entities:\n  card: { letter: a }\n", "letter")]
    [InlineData("entities:\n  card: { keep_raw: 500 }\n", "card")]
    public void Load_FaultyVelocityFile_IsTold(string text, string message) =>
        Assert.Contains(RuleTexts.Load(("velocity.yaml", text)).Diagnostics, found => found.Line > 0 && found.Message.Contains(message, StringComparison.Ordinal));

    [Fact]
    public void HashOf_LineEndsAndMarksOfEncoding_DoNotMatter()
    {
        using var folder = new TemporaryFolder();
        folder.Write("a.yaml", "id: a\naction: decline\nwhen: hour > 3\nmode: live\n");
        var hash = RuleFiles.Load(folder.Path).RuleSet!.Hash;
        Assert.Matches("^sha256:[0-9a-f]{64}$", hash);
        folder.Write("a.yaml", "\uFEFFid: a\r\naction: decline\r\nwhen: hour > 3\r\nmode: live\r\n");
        Assert.Equal(hash, RuleFiles.Load(folder.Path).RuleSet!.Hash);
        folder.Write("a.yaml", "id: a\naction: decline\nwhen: hour > 4\nmode: live\n");
        Assert.NotEqual(hash, RuleFiles.Load(folder.Path).RuleSet!.Hash);
    }

    [Fact]
    public void Load_FolderWithoutRulesOrWithoutItself_IsRefused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("holds no rules", Assert.Single(RuleFiles.Load(folder.Path).Diagnostics).Message, StringComparison.Ordinal);
        Assert.Contains("no such folder", Assert.Single(RuleFiles.Load(folder.Path + "-gone").Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ListThatCannotBeRead_IsUnavailableToItsRules()
    {
        var texts = new RuleFolderTexts(
            new Dictionary<string, string> { ["a.yaml"] = RuleTexts.Rule("a", "decline", "card_country in @bad and amount > 1 EUR", more: "when_unavailable: challenge") }, ["bad"], []);
        var set = RuleFiles.Load(texts, RuleTexts.Now).RuleSet!;
        var signals = RuleTexts.SignalsOf(set, RuleTexts.Attempt with { Card = new("tok", Country: "DE") });
        Assert.Equal(Decision.Challenge, set.Evaluate(signals, RuleTexts.Attempt).Decision);
        Assert.Equal(["list.bad"], set.Degraded(signals));
    }

    [Fact]
    public void Load_ColonsInUnquotedTexts_AreNoMistake()
    {
        var load = RuleTexts.Load(
            ("a.yaml", RuleTexts.Rule("a", "decline", "card.count(10m, where: outcome = 'declined') >= 3 and amuont > 1 EUR", more: "description: cards: many")),
            ("velocity.yaml", "velocities:\n  tries: card.count(10m, include: current)\n"));
        var found = Assert.Single(load.Diagnostics);
        Assert.Equal((3, 61), (found.Line, found.Column));
    }

    [Fact]
    public void Load_AnyText_NeverThrows() => Check.QuickThrowOnFailure(Prop.ForAll<string, int>((text, place) =>
    {
        var rule = RuleTexts.Rule("a", "score +5", "account.id in @bad", more: "tests:\n  - { name: t, given: { amount: 5 EUR }, expect: match }");
        var broken = rule.Insert(Math.Abs(place % rule.Length), text ?? "");
        RuleTexts.Load(("a.yaml", broken), ("b.yaml", text ?? ""), ("policy.yaml", text ?? ""), ("velocity.yaml", text ?? ""), ("lists/bad.csv", text ?? ""), ("rates.csv", text ?? ""));
    }));

    [Fact]
    public void Load_NaughtyTexts_NeverThrow()
    {
        foreach (var text in JsonSerializer.Deserialize<string[]>(File.ReadAllText(Shared.File("vectors/json/naughty-strings.json")))!)
        {
            RuleTexts.Load(("a.yaml", $"id: {text}\naction: {text}\nwhen: {text}\nmode: {text}\n"), ("b.yaml", text), ("lists/bad.csv", $"value\n{text}\n"), ("rates.csv", text));
            RuleTexts.Load(("a.yaml", RuleTexts.Rule("a", "decline", JsonSerializer.Serialize(text))));
        }
    }

    private static RuleSetLoad LoadApprove(string when) =>
        RuleTexts.Load(("a.yaml", RuleTexts.Rule("a", "approve", when)), ("lists/trusted.csv", "value\na_7\n"));
}
