using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Rules;

namespace PaymentGuard.Tests.Rules;

/// <summary>Rule sets from texts, without a folder.</summary>
internal static class RuleTexts
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    public static readonly PaymentAttempt Attempt = new(
        new PaymentFacts("pay_1", new Money(12_500, "EUR"), Now, "web"), new AccountFacts("a_1"), Card: new CardFacts("tok_1"));

    public static readonly IReferenceData NoReference = new ReferenceData(IpCountries.None, ExchangeRates.None);

    /// <summary>A rule's file.</summary>
    /// <param name="more">Further lines.</param>
    public static string Rule(string id, string action, string when, string mode = "live", string more = "") =>
        $"id: {id}\naction: {action}\nwhen: {when}\nmode: {mode}\n{more}\n";

    public static RuleSetLoad Load(params (string Name, string Text)[] files) =>
        RuleFiles.Load(new RuleFolderTexts(files.ToDictionary(file => file.Name, file => file.Text), [], []), Now);

    /// <summary>The set that rules make, named 1.yaml, 2.yaml and so on; fails the test when one has an error.</summary>
    public static RuleSet Set(params IEnumerable<string> rules) => SetWith(policy: null, rules);

    public static RuleSet SetWith(string? policy, params IEnumerable<string> rules)
    {
        var files = rules.Select((text, n) => ($"{n + 1:D4}.yaml", text));
        var load = Load([.. files, .. policy is null ? [] : new[] { ("policy.yaml", policy) }]);
        Assert.True(load.RuleSet is not null, string.Join('\n', load.Diagnostics));
        return load.RuleSet;
    }

    /// <summary>Signals with the payment's attributes; velocities are missing.</summary>
    public static Signals SignalsOf(RuleSet ruleSet, PaymentAttempt? attempt = null)
    {
        var signals = new Signals(ruleSet.Layout.SlotCount);
        ruleSet.FillAttributes(attempt ?? Attempt, Now, NoReference, signals);
        return signals;
    }

    public static RuleSetOutcome Evaluate(RuleSet ruleSet) => ruleSet.Evaluate(SignalsOf(ruleSet), Attempt);
}
