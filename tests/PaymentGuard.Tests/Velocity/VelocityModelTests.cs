using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Velocity;
using static PaymentGuard.Tests.Velocity.VelocityWorld;

namespace PaymentGuard.Tests.Velocity;

/// <summary>Random events, in any order, with any repetition, against the plain model.</summary>
public sealed class VelocityModelTests
{
    private static readonly VelocityQuery[] Queries =
    [
        .. from aggregate in new[]
           {
               VelocityAggregate.Count, VelocityAggregate.Sum, VelocityAggregate.Avg, VelocityAggregate.Min, VelocityAggregate.Max, VelocityAggregate.Declines,
               VelocityAggregate.Approvals, VelocityAggregate.Frauds, VelocityAggregate.Chargebacks, VelocityAggregate.Distinct, VelocityAggregate.SinceLast,
           }
           from windowMs in new long[] { 1_000, 10_000, 60_000 }
           from offsetMs in new long[] { 0, 3_000 }
           from current in new[] { false, true }
           from condition in new IAttemptCondition?[] { null, Where.Declined, Where.Fraud, Where.Small }
           select Card(aggregate, windowMs, aggregate == VelocityAggregate.Distinct ? "account" : null, offsetMs, current, condition),
    ];

    private static readonly VelocityEventType?[] Outcomes =
    [
        null, null, null, VelocityEventType.Authorized, VelocityEventType.Declined, VelocityEventType.Declined, VelocityEventType.FraudReported,
        VelocityEventType.FraudCleared, VelocityEventType.ChargedBack,
    ];

    /// <summary>What is told of a payment is the same whenever it is told, but for when outcomes are.</summary>
    private static readonly Gen<Happening> Happenings =
        from id in Gen.Choose(0, 25)
        from outcome in Gen.Elements(Outcomes)
        from step in Gen.Choose(0, 40)
        select new Happening(id, outcome is null ? id * 997 % 70_000 : step * 1_750, outcome, (uint)(step % 2), id * 131 % 900, id % 7, id % 13 != 5);

    [Fact]
    public void Fold_OfRandomEvents_IsWhatTheModelSays() => Check(Gen.ListOf(Happenings, 60), (told, ownMs) => Compare(told, ownMs));

    [Fact]
    public void Fold_ShuffledAndRepeated_IsTheSameAsOnceInOrder() => Check(Gen.ListOf(Happenings, 40), (told, ownMs) =>
    {
        var random = new System.Random(told.Count + (int)ownMs);
        var again = told.Concat(told.Where(_ => random.Next(2) == 0)).ToArray();
        random.Shuffle(again);
        var (inOrder, shuffled) = (Answers(told.Distinct().OrderBy(one => one.AtMs), ownMs), Answers(again, ownMs));
        for (var query = 0; query < Queries.Length; query++) Assert.Equal(inOrder.Value(query), shuffled.Value(query));
    });

    private static void Check<T>(Gen<T> told, Action<T, long> holds) where T : IEnumerable<Happening> =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(60), Prop.ForAll(told.ToArbitrary(), Gen.Choose(0, 75_000).ToArbitrary(), (happened, ownMs) => holds(happened, ownMs)));

    private static void Compare(IReadOnlyCollection<Happening> told, long ownMs)
    {
        var (answers, model) = (Answers(told, ownMs), new VelocityModel(told, ownMs, ownAccount: 3, ownMinor: 450));
        for (var query = 0; query < Queries.Length; query++)
        {
            var (expected, actual) = (model.Answer(Queries[query]), answers.Value(query));
            Assert.True(expected == actual, $"{Queries[query].Text} at {ownMs}: {expected} by the model, {actual} by the fold");
        }
    }

    private static VelocityWorld.Answers Answers(IEnumerable<Happening> told, long ownMs)
    {
        var store = new InProcessVelocityStore();
        var world = new VelocityWorld(store, Queries);
        foreach (var one in told)
        {
            var attempt = world.Attempt(Payment($"p{one.Id}", account: $"a{one.Account}", minor: one.Minor, currency: one.HasRate ? "EUR" : "ISK"), one.AtMs);
            store.Append(one.Outcome is { } type ? VelocityEvent.Outcome(attempt, type, Start.AddMilliseconds(one.AtMs), one.Rank) : VelocityEvent.Attempt(attempt));
        }
        return world.Look(ownMs, Payment("own", account: "a3", minor: 450)).GetAwaiter().GetResult();
    }
}
