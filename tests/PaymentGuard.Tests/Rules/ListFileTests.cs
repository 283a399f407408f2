using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Rules;

namespace PaymentGuard.Tests.Rules;

public sealed class ListFileTests
{
    [Theory]
    [InlineData("value\nde\n\"FR\"\n", "DE", true)]
    [InlineData("value\nde\n", "FR", false)]
    [InlineData("country,note,expires\nDE,a note,\n", "DE", true)]
    [InlineData("value,expires\nDE,2026-11-21\n", "DE", true)]
    [InlineData("value,expires\nDE,2026-11-20\n", "DE", false)]
    [InlineData("value,expires\nDE,2026-11-21T10:00:00Z\n", "DE", false)]
    [InlineData("value,expires\nDE,2026-11-21T10:00:01Z\n", "DE", true)]
    public void Texts_AreFoundUnlessExpired(string list, string country, bool isIn) =>
        Assert.Equal(isIn, Holds(list, "card_country in @bad", RuleTexts.Attempt with { Card = new CardFacts("tok", Country: country) }));

    [Theory]
    [InlineData("203.0.113.9", true)]
    [InlineData("203.0.114.9", false)]
    [InlineData("198.51.100.7", true)]
    [InlineData("2001:db8::5", true)]
    [InlineData("::ffff:203.0.113.9", true)]
    public void Networks_HoldTheirAddresses(string ip, bool isIn) =>
        Assert.Equal(isIn, Holds("cidr\n203.0.113.0/24\n198.51.100.7\n2001:db8::/32\n", "ip in @bad", RuleTexts.Attempt with { Device = new DeviceFacts(Ip: ip) }));

    [Theory]
    [InlineData("", 1)]
    [InlineData("622202\n", 1)]
    [InlineData("cidr\n10.0.0.0/8\n10.0.0.1/33\n", 3)]
    [InlineData("cidr\nexample.org\n", 2)]
    [InlineData("value,expires\nDE,soon\n", 2)]
    public void FaultyLists_AreToldWithTheLine(string list, int line) =>
        Assert.Contains(line, RuleTexts.Load(("lists/bad.csv", list), ("policy.yaml", "default: approve")).Diagnostics.Select(found => found.Line));

    [Fact]
    public void NextExpiry_IsTheFirstToCome()
    {
        var load = RuleTexts.Load(("lists/bad.csv", "value,expires\na,2026-11-20\nb,2026-12-24\nc,2027-01-01\nd,\n"), ("policy.yaml", "default: approve"));
        Assert.Equal(new DateTimeOffset(2026, 12, 25, 0, 0, 0, TimeSpan.Zero), load.NextExpiry);
    }

    private static bool Holds(string list, string when, PaymentAttempt attempt)
    {
        var load = RuleTexts.Load(("lists/bad.csv", list), ("a.yaml", RuleTexts.Rule("a", "decline", when)));
        Assert.True(load.RuleSet is not null, string.Join('\n', load.Diagnostics));
        return load.RuleSet.Evaluate(RuleTexts.SignalsOf(load.RuleSet, attempt), attempt).Hits.Count == 1;
    }
}
