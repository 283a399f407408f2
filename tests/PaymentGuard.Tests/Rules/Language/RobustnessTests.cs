using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Rules.Language;

namespace PaymentGuard.Tests.Rules.Language;

public sealed class RobustnessTests
{
    private static readonly string[] Rules =
    [
        "card.declines(10m) >= 3 and amount < 5 EUR",
        "device.distinct(card, 24h) > 4 and not bin in @bad_bins",
        ":card_country: != :ip_country: and amount > 300 EUR",
        "is_missing(device.id) or ip.distinct(card, 1h) >= 3",
        "amount > 2.5 * habit and card.count(30d) >= 3",
        "card.since_last() < 6h and risk_score > 0.5",
        "account.age < 24h and verified",
        "card.count(1h, where: outcome = \"declined\") >= 5 or risk_score > 0.99",
        "ip in [203.0.113.0/24, 198.51.100.7] or ip in @tor",
        "card.distinct(device, 7d) between 3 and 5",
        "card_country in ['DE', 'FR', 'IT'] and email like '%.example'",
        "risk_score ?? 0.5 > 0.4 and attempts + 1 > 2",
        "verified ? attempts > 3 : email_domain = 'example.org'",
        "has(email) and email.endsWith('.test') or email contains '+'",
    ];

    private static readonly string[] Pieces =
        ["(", ")", "[", "]", "{", "}", "?", ":", "::", ".", ",", "\"", "'", "\\", "`", "@", "not", "and", "in", "between", "is", "missing", "has(", "1.2.3.4/", "5 EUR", "9e999", "0x", "10m", "-", "=", "<", "\uD800", "\0", "where:", ".map(x,", "r'", "'''", "??", "card.count(", "18446744073709551616"];

    [Fact]
    public void Check_AnyText_NeverThrows() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text => CheckNeverThrows(text ?? "")).QuickCheckThrowOnFailure();

    [Fact]
    public void Check_AnyRowOfPieces_NeverThrows() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(3_000),
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => CheckNeverThrows(RowOfPieces(new Random(seed)))));

    [Fact]
    public void Check_MutatedRule_NeverThrowsAndPointsIntoTheSource() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(3_000),
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => CheckNeverThrows(Mutated(new Random(seed)))));

    [Fact]
    public void Evaluate_HundredOrdinaryRules_AllocatesNothing()
    {
        var rules = Enumerable.Range(0, 100).Select(n => Given.Expression(Rules[n % Rules.Length])).ToList();
        var layout = new SignalLayout(rules.SelectMany(rule => rule.Attributes), rules.SelectMany(rule => rule.Velocities));
        var blocks = rules.Chunk(ConditionBlock.ConditionsMax).Select(chunk => ConditionBlock.Compile(chunk, layout)).ToArray();
        var signals = KnownSignals(layout);
        EvaluateAll(blocks, signals, 10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        EvaluateAll(blocks, signals, 1_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void EvaluateAll(ConditionBlock[] blocks, Signals signals, int times)
    {
        for (var time = 0; time < times; time++)
            foreach (var block in blocks) block.Evaluate(signals, out _, out _);
    }

    private static Signals KnownSignals(SignalLayout layout)
    {
        var signals = new Signals(layout.SlotCount);
        var values = new Dictionary<string, object>
        {
            ["amount"] = new Money(31_000, "USD"), ["card.country"] = "DE", ["ip.country"] = "FR", ["ip"] = System.Net.IPAddress.Parse("203.0.113.9"),
            ["email"] = "ann+1@mail.example", ["email_domain"] = "mail.example", ["bin"] = "400000", ["account.age"] = Duration.FromMilliseconds(5_000),
            ["risk_score"] = 0.7, ["attempts"] = 3L, ["verified"] = true, ["device.id"] = "d1", ["card.avg(amount, 30d)"] = new Money(1_000, "EUR"),
            ["card.since_last()"] = Duration.FromMilliseconds(60_000),
        };
        signals.SetRates(new Given.HalfDollar(), DateTimeOffset.UnixEpoch);
        foreach (var (name, value) in values)
            if (layout.SlotOf(name) is >= 0 and var slot) signals.Set(slot, Signal.OfValue(value));
        for (var slot = 0; slot < layout.SlotCount; slot++)
            if (signals[slot].State == SignalState.Missing) signals.SetInt(slot, 4);
        return signals;
    }

    private static void CheckNeverThrows(string source)
    {
        Expressions.Check(source, Given.Scope, out var diagnostics);
        foreach (var diagnostic in diagnostics)
            Assert.True(diagnostic.Start >= 0 && diagnostic.Start + diagnostic.Length <= source.Length + 1, $"{source}: {diagnostic}");
    }

    private static string RowOfPieces(Random random) =>
        string.Join(random.Next(2) == 0 ? " " : "", Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(3) == 0 ? random.GetItems(Rules, 1)[0] : random.GetItems(Pieces, 1)[0]));

    private static string Mutated(Random random)
    {
        var rule = random.GetItems(Rules, 1)[0];
        for (var change = random.Next(1, 5); change > 0; change--)
        {
            var at = random.Next(rule.Length + 1);
            var until = Math.Min(rule.Length, at + random.Next(4));
            rule = rule[..at] + (random.Next(2) == 0 ? random.GetItems(Pieces, 1)[0] : "") + rule[until..];
        }
        return rule;
    }
}
