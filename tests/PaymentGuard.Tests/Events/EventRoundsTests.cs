using PaymentGuard.Domain.Payments;
using PaymentGuard.Events;

namespace PaymentGuard.Tests.Events;

public class EventRoundsTests
{
    [Fact]
    public void Of_AttemptsOnly_AreOneRound()
    {
        Assert.Equal("attempts 0 1 2", Rounds(Attempt("p1", "a"), Attempt("p2", "a"), Attempt("p3", "b")));
    }

    [Fact]
    public void Of_OutcomeAfterItsAttempt_IsALaterRound()
    {
        Assert.Equal("attempts 0; others 1", Rounds(Attempt("p1", "a"), Outcome("p1")));
    }

    [Fact]
    public void Of_AttemptAfterAnOutcomeOfTheSameAccount_SeesIt()
    {
        Assert.Equal("attempts 0; others 1; attempts 2", Rounds(Attempt("p1", "a"), Outcome("p1"), Attempt("p2", "a")));
    }

    [Fact]
    public void Of_AttemptAfterAnOutcomeOfTheSameCard_SeesIt()
    {
        Assert.Equal("attempts 0; others 1; attempts 2", Rounds(Attempt("p1", "a", card: "c"), Outcome("p1"), Attempt("p2", "b", card: "c")));
    }

    [Fact]
    public void Of_OutcomeOfAnEarlierBatch_IsTiedByItsKey()
    {
        Assert.Equal("others 0; attempts 1", Rounds(Outcome("p0") with { Key = "a" }, Attempt("p1", "a") with { Key = "a" }));
    }

    [Fact]
    public void Of_OtherAccounts_ShareRounds()
    {
        Assert.Equal("attempts 0 2; others 1 3; attempts 4",
            Rounds(Attempt("p1", "a"), Outcome("p1"), Attempt("p2", "b"), Outcome("p2"), Attempt("p3", "a")));
    }

    [Fact]
    public void Of_ActivityBeforeAnAttempt_IsSeenByIt()
    {
        Assert.Equal("others 0; attempts 1", Rounds(Activity("a"), Attempt("p1", "a")));
    }

    [Fact]
    public void Of_AnyBatch_HoldsEveryEventOnceAndKeepsTheOrderOfAnAccount()
    {
        var random = new Random(5);
        for (var run = 0; run < 200; run++)
        {
            var batch = Enumerable.Range(0, random.Next(60)).Select(index => Any(random, index)).ToArray();
            var roundOf = new int[batch.Length];
            var rounds = EventRounds.Of(batch);
            foreach (var (number, round) in rounds.Index())
                foreach (var index in round.Indexes) roundOf[index] = number + 1;
            Assert.DoesNotContain(0, roundOf);
            Assert.Equal(batch.Length, rounds.Sum(round => round.Indexes.Count));
            foreach (var account in batch.Index().GroupBy(entry => entry.Item.AccountId))
                Assert.Equal(account.Select(entry => roundOf[entry.Index]).Order(), account.Select(entry => roundOf[entry.Index]));
        }
    }

    private static PaymentEvent Any(Random random, int index) =>
        random.Next(2) == 0 ? Attempt($"p{index}", $"a{random.Next(5)}") : Activity($"a{random.Next(5)}");

    private static string Rounds(params PaymentEvent[] batch) =>
        string.Join("; ", EventRounds.Of(batch).Select(round => $"{(round.IsAttempts ? "attempts" : "others")} {string.Join(' ', round.Indexes)}"));

    private static PaymentEvent Attempt(string payment, string account, string? card = null) => Event("payment.attempted", payment, account, card);

    private static PaymentEvent Outcome(string payment) => Event("payment.declined", payment, string.Empty, null);

    private static PaymentEvent Activity(string account) => Event("account.signed_in", string.Empty, account, null);

    private static PaymentEvent Event(string type, string payment, string account, string? card) => new(
        "/tests", Guid.NewGuid().ToString("N"), EventType.Find(type)!, DateTimeOffset.UnixEpoch,
        new PaymentAttempt(new PaymentFacts(payment, new Money(1, "EUR")), new AccountFacts(account), Card: card is null ? null : new CardFacts(card)),
        ReadOnlyMemory<byte>.Empty);
}
