using Microsoft.Extensions.Logging.Abstractions;
using PaymentGuard.Domain.Assessments;
using PaymentGuard.IntegrationTests.Assessments;
using PaymentGuard.IntegrationTests.Infrastructure;
using PaymentGuard.Rules;

namespace PaymentGuard.IntegrationTests.Rules;

/// <summary>Rules in force, in a running service and in what it stores.</summary>
public sealed class RuleSetTests(TestServers servers)
{
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Follow_RuleChangesUnderAService_DecidesByTheNewOnes()
    {
        await using var installation = await Checkout.Install(servers);
        using var checkout = new Checkout(installation, await installation.StartApi());
        var before = await checkout.Assess(Checkout.Payment("before"));
        installation.WriteRule("every.yaml", Rule("amount >= 1 EUR"));
        await Eventually.Holds("the new rule decides", async () => await DecisionOf(checkout) == "challenge");
        installation.WriteRule("every.yaml", Rule("amuont >= 1 EUR"));
        await Task.Delay(Promised);
        Assert.Equal("challenge", await DecisionOf(checkout));
        File.Delete(Path.Combine(installation.RulesFolder, "every.yaml"));
        await Eventually.Holds("the rule is gone", async () => await DecisionOf(checkout) == "approve");
        Assert.Equal(before["ruleSet"], (await checkout.Assess(Checkout.Payment("after")))["ruleSet"]);
    }

    [Fact]
    public async Task Explain_StoredAssessment_IsByTheRulesAndTheVelocitiesOfThen()
    {
        await using var installation = await Checkout.Install(servers);
        installation.WriteRule("again.yaml", Rule("card.count(1h) >= 1 and amount < 100 EUR"));
        using var checkout = new Checkout(installation, await installation.StartApi());
        var first = await checkout.Assess(Checkout.Payment("first"));
        var second = await checkout.Assess(Checkout.Payment("second"));
        installation.WriteRule("again.yaml", Rule("card.count(1h) >= 50 and amount < 100 EUR"));
        await Eventually.Holds("other rules are in force", async () => await RuleSetOf(checkout) != second["ruleSet"], Promised);

        var explainer = new DecisionExplainer(installation.ReadSettings(), TimeProvider.System);
        var explanation = await explainer.OfAssessment(second["id"]!, default);
        Assert.Equal((Decision.Challenge, second["ruleSet"]), (explanation.Decision, explanation.RuleSet));
        var again = explanation.Rules.Single(rule => rule.Rule.Id == "every");
        Assert.Equal(RuleResult.Match, again.Result);
        Assert.Equal([("amount", "10.00 EUR"), ("card.count(1h)", "1")], again.Values.Select(value => (value.Name, value.Value!)));
        Assert.Equal(RuleResult.NoMatch, explanation.Rules.Single(rule => rule.Rule.Id == "high-amount").Result);
        Assert.Equal(Decision.Approve, (await explainer.OfAssessment("first", default)).Decision);
        Assert.Equal("approve", first["decision"]);
        await Assert.ThrowsAsync<InvalidDataException>(() => explainer.OfAssessment("asm_00000000000000000000000000000000", default));
    }

    [Fact]
    public async Task Store_DatabaseIsAwayWhenASetComesIntoForce_StoresItAfterwards()
    {
        await using var installation = await Checkout.Install(servers, ownPostgres: true);
        await using var postgres = installation.OpenPostgres();
        var store = new RuleSetStore(postgres);
        await installation.Postgres.Stop();
        using var rules = new RuleSetFolder(installation.RulesFolder, null, store, TimeProvider.System, NullLogger<RuleSetFolder>.Instance);
        await rules.StartAsync(default);
        await installation.Postgres.Start();
        await Eventually.Holds("the rule set is stored", async () => await store.Find(rules.Current.Hash, default) is not null);
        Assert.Equal(rules.Current.Files, (await store.Find(rules.Current.Hash, default))!.Files);
        await rules.StopAsync(default);
    }

    private static async Task<string> DecisionOf(Checkout checkout) => (await checkout.Assess(Checkout.Payment(Guid.NewGuid().ToString())))["decision"]!;

    private static async Task<string> RuleSetOf(Checkout checkout) => (await checkout.Assess(Checkout.Payment(Guid.NewGuid().ToString())))["ruleSet"]!;

    private static string Rule(string when) => $"id: every\naction: challenge\nwhen: {when}\nmode: live\n";
}
