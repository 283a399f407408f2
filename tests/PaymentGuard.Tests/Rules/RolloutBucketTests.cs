using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Rules;

namespace PaymentGuard.Tests.Rules;

public sealed class RolloutBucketTests
{
    private const int CardCount = 20_000;

    [Fact]
    public void Of_SameEntity_IsTheSameEverywhereAndForEver() =>
        Assert.Equal([7_151, 5_542, 5_542], new[]
        {
            RolloutBucket.Of("rule-a", "card", OfCard("tok_1")),
            RolloutBucket.Of("rule-b", "card", OfCard("tok_1")),
            RolloutBucket.Of("rule-b", "card", OfCard("tok_1") with { Account = new AccountFacts("other") }),
        });

    [Theory]
    [InlineData(100)]
    [InlineData(1_000)]
    [InlineData(5_000)]
    public void Of_ManyCards_TheShareIsIn(int basisPoints)
    {
        var share = Cards().Count(card => RolloutBucket.Of("some-rule", "card", card) < basisPoints) / (double)CardCount;
        Assert.InRange(share, basisPoints / 10_000.0 - 0.015, basisPoints / 10_000.0 + 0.015);
    }

    [Fact]
    public void Of_TwoRules_ChooseIndependently()
    {
        var both = Cards().Count(card => RolloutBucket.Of("rule-a", "card", card) < 5_000 && RolloutBucket.Of("rule-b", "card", card) < 5_000);
        Assert.InRange(both / (double)CardCount, 0.235, 0.265);
    }

    [Fact]
    public void Of_EntityIsNotTold_GoesByTheAccount()
    {
        var account = RolloutBucket.Of("rule-a", "account", OfCard(null));
        Assert.Equal(account, RolloutBucket.Of("rule-a", "card", OfCard(null)));
        Assert.Equal(account, RolloutBucket.Of("rule-a", "device", OfCard(null)));
    }

    private static IEnumerable<PaymentAttempt> Cards() => Enumerable.Range(0, CardCount).Select(n => OfCard($"tok_{n}"));

    private static PaymentAttempt OfCard(string? token) =>
        new(new PaymentFacts("pay_1", new Money(100, "EUR")), new AccountFacts("a_1"), Card: token is null ? null : new CardFacts(token));
}
