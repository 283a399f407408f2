using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;
using static PaymentGuard.Domain.Velocity.VelocityAggregate;
using static PaymentGuard.Tests.Velocity.VelocityWorld;

namespace PaymentGuard.Tests.Velocity;

/// <summary>What every store must do. Each test makes its own world, whose keys no other test has.</summary>
public abstract class VelocityConformance
{
    private const long Minute = 60_000, Hour = 60 * Minute, Day = 24 * Hour;

    /// <summary>The store under test, ready.</summary>
    private protected abstract IVelocityStore Store { get; }

    private VelocityWorld World(params VelocityQuery[] queries) => new(Store, queries);

    [Fact]
    public async Task Window_AtItsEdges_IsOpenOnTheLeftAndClosedOnTheRight()
    {
        var world = World(Card(Count, 10 * Minute));
        await world.Pay("p", 0);
        Assert.Equal(1, (await world.Look(0)).Value());
        Assert.Equal(1, (await world.Look(10 * Minute - 1)).Value());
        Assert.Equal(0, (await world.Look(10 * Minute)).Value());
    }

    [Fact]
    public async Task Window_RecordSlightlyLaterThanOurs_CountsUpToFiveSeconds()
    {
        var world = World(Card(Count, 10 * Minute), Card(Count, 10 * Minute, offsetMs: 1));
        await world.Pay("p", 5_000);
        Assert.Equal(1, (await world.Look(0)).Value());
        Assert.Equal(0, (await world.Look(0)).Value(1));
        Assert.Equal(0, (await world.Look(-1)).Value());
    }

    [Fact]
    public async Task Window_WithOffset_EndsThere()
    {
        var world = World(Card(Count, 10 * Minute, offsetMs: Day));
        await world.Pay("p", 0);
        Assert.Equal(0, (await world.Look(Day - 1)).Value());
        Assert.Equal(1, (await world.Look(Day)).Value());
        Assert.Equal(1, (await world.Look(Day + 10 * Minute - 1)).Value());
        Assert.Equal(0, (await world.Look(Day + 10 * Minute)).Value());
    }

    [Fact]
    public async Task Window_LateEvent_LandsAtItsOwnTime()
    {
        var world = World(Card(Count, 10 * Minute), Card(SinceLast));
        await world.Pay("on-time", Hour);
        await world.Pay("late", 0);
        Assert.Equal(1, (await world.Look(Hour + 1)).Value());
        Assert.Equal(1, (await world.Look(5 * Minute)).Value());
        Assert.Equal(1, (await world.Look(Hour + 1)).Value(1));
    }

    [Fact]
    public async Task OwnPayment_UnlessAskedFor_DoesNotCount()
    {
        var world = World(Card(Count, Hour), Card(Count, Hour, current: true), Card(Sum, Hour, current: true), Card(Avg, Hour), Card(Max, Hour, current: true));
        var first = await world.Pay("p1", 0, minor: 700);
        Assert.Equal([0, 1, 700, null, 700], [.. Enumerable.Range(0, 5).Select(first.Value)]);
        var second = await world.Pay("p2", 1, minor: 300);
        Assert.Equal([1, 2, 1_000, 700, 700], [.. Enumerable.Range(0, 5).Select(second.Value)]);
    }

    [Fact]
    public async Task Amounts_InAWindow_AreSummedAveragedAndSpread()
    {
        var world = World(Card(Sum, Hour), Card(Avg, Hour), Card(Min, Hour), Card(Max, Hour), Card(StdDev, Hour));
        Assert.Equal([0, null, null, null, null], [.. Enumerable.Range(0, 5).Select((await world.Look(0)).Value)]);
        foreach (var (minor, index) in new[] { 200L, 400, 400, 400, 500, 500, 700, 900 }.Select((minor, index) => (minor, index))) await world.Pay($"p{index}", index, minor);
        Assert.Equal([4_000, 500, 200, 900, 200], [.. Enumerable.Range(0, 5).Select((await world.Look(10)).Value)]);
    }

    [Fact]
    public async Task Amounts_OneWithoutRate_AreMissingWhileItIsInTheWindow()
    {
        var world = World(Card(Sum, 10 * Minute), Card(Min, 10 * Minute), Card(Count, 10 * Minute), Card(Count, 10 * Minute, where: Where.Small));
        await world.Pay(Payment("p1", currency: "ISK", minor: 1), 0);
        await world.Pay("p2", Minute, minor: 300);
        var within = await world.Look(2 * Minute);
        Assert.Equal([null, null, 2, 1], [.. Enumerable.Range(0, 4).Select(within.Value)]);
        Assert.Equal([300, 300, 1, 1], [.. Enumerable.Range(0, 4).Select((await world.Look(10 * Minute)).Value)]);
    }

    [Fact]
    public async Task Amounts_PastThirtyTwoBits_SaturateAndAreApproximate()
    {
        var world = World(Card(Sum, Hour), Card(Count, Hour));
        await world.Pay("p", 0, minor: 5_000_000_000);
        var answer = await world.Look(1);
        Assert.Equal(uint.MaxValue, answer.Value());
        Assert.True(answer.IsApproximate());
        Assert.False(answer.IsApproximate(1));
    }

    [Fact]
    public async Task Outcomes_OfAttempts_AreJoinedAndCountAtTheirOwnTime()
    {
        var world = World(
            Card(Declines, 10 * Minute), Card(Approvals, 10 * Minute), Card(Count, 10 * Minute, where: Where.Declined), Card(Ratio, Hour, "declined"));
        await world.Pay("p1", 0);
        await world.Pay("p2", 1);
        await world.Hear("p1", VelocityEventType.Declined, 20 * Minute);
        await world.Hear("p2", VelocityEventType.Authorized, 20 * Minute);
        var answer = await world.Look(21 * Minute);
        Assert.Equal([1, 1, 0], [.. Enumerable.Range(0, 3).Select(answer.Value)]);
        Assert.Equal(0.5, answer.Share(3));
        Assert.Equal([0, 0, 0], [.. Enumerable.Range(0, 3).Select((await world.Look(5 * Minute)).Value)]);
        Assert.Null((await world.Look(-Day)).Share(3));
    }

    [Fact]
    public async Task Outcomes_BeforeOrWithoutTheirAttempt_CountAllTheSame()
    {
        var world = World(Card(Declines, Hour), Card(Count, Hour), Card(Count, Hour, where: Where.Declined));
        await world.Hear("p1", VelocityEventType.Declined, 10);
        Assert.Equal([1, 0, 0], [.. Enumerable.Range(0, 3).Select((await world.Look(20)).Value)]);
        await world.Pay("p1", 0);
        Assert.Equal([1, 1, 1], [.. Enumerable.Range(0, 3).Select((await world.Look(20)).Value)]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Outcomes_ThatContradict_TheLatestTimeThenTheLargerRankHolds(bool inOrder)
    {
        var world = World(Card(Declines, Hour), Card(Approvals, Hour), Card(Frauds, Hour), Card(Chargebacks, Hour), Card(Count, Hour, where: Where.Fraud));
        await world.Pay("p1", 0);
        await world.Pay("p2", 0);
        (string Id, VelocityEventType Type, long AtMs, uint Rank)[] events =
        [
            ("p1", VelocityEventType.Declined, 10, 0), ("p1", VelocityEventType.Authorized, 20, 0),
            ("p2", VelocityEventType.Authorized, 30, 0), ("p2", VelocityEventType.Declined, 30, 1),
            ("p1", VelocityEventType.FraudReported, 40, 0), ("p1", VelocityEventType.FraudCleared, 50, 0),
            ("p2", VelocityEventType.FraudCleared, 40, 0), ("p2", VelocityEventType.FraudReported, 50, 0),
            ("p2", VelocityEventType.ChargedBack, 60, 0), ("p2", VelocityEventType.ChargedBack, 70, 0),
        ];
        foreach (var (id, type, atMs, rank) in inOrder ? events : events.Reverse()) await world.Hear(id, type, atMs, rank);
        Assert.Equal([1, 1, 1, 1, 1], [.. Enumerable.Range(0, 5).Select((await world.Look(100)).Value)]);
    }

    [Fact]
    public async Task Distinct_Partners_AreCountedOnceAndOnlyWhenNamed()
    {
        var world = World(Card(Distinct, Hour, "account"), Card(Distinct, Hour, "device"), Card(Distinct, Hour, "account", current: true), Card(Distinct, 10 * Minute, "account"));
        foreach (var (account, index) in new[] { "a1", "a2", "a1", "a3" }.Select((account, index) => (account, index)))
            await world.Pay(Payment($"p{index}", account: account, device: index == 3 ? null : "d1"), index * 5 * Minute);
        var answer = await world.Look(16 * Minute, Payment("looks", account: "a9"));
        Assert.Equal([3, 1, 4, 2], [.. Enumerable.Range(0, 4).Select(answer.Value)]);
    }

    [Fact]
    public async Task Where_SamePartner_ComparesWithThePaymentAssessed()
    {
        var world = World(Card(Count, Hour, where: Where.SameDevice), Card(Count, Hour, where: Where.SameDevice, current: true));
        await world.Pay(Payment("p1", device: "d1"), 0);
        await world.Pay(Payment("p2", device: "d2"), 0);
        await world.Pay(Payment("p3", device: null), 0);
        var answer = await world.Look(1, Payment("looks", device: "d2"));
        Assert.Equal([1, 2], [.. Enumerable.Range(0, 2).Select(answer.Value)]);
        Assert.Equal(0, (await world.Look(1, Payment("looks", device: null))).Value());
    }

    [Fact]
    public async Task FirstAndLastSeen_InAttemptsAndAccountEvents_AreAges()
    {
        VelocityQuery OfAccount(VelocityAggregate aggregate) => Card(aggregate) with { Entity = "account", Text = $"account.{aggregate}" };
        var world = World(OfAccount(FirstSeen), OfAccount(LastSeen), OfAccount(SinceLast));
        Assert.Equal([null, null, null], [.. Enumerable.Range(0, 3).Select((await world.Look(0)).Value)]);
        await world.Happen(VelocityEventType.Registered, "e1", -Day);
        await world.Pay("p1", 0);
        await world.Happen(VelocityEventType.SignedIn, "e2", Minute);
        Assert.Equal([Day + Hour, Hour - Minute, Hour], [.. Enumerable.Range(0, 3).Select((await world.Look(Hour)).Value)]);
        Assert.Equal(0, (await world.Look(Minute - 1)).Value(1));
    }

    [Fact]
    public async Task Streak_OfDeclines_EndsAtAnotherOutcome()
    {
        var world = World(Card(Streak, field: "declined"));
        for (var index = 0; index < 4; index++)
        {
            await world.Pay($"p{index}", index * 10);
            await world.Hear($"p{index}", index == 0 ? VelocityEventType.Authorized : VelocityEventType.Declined, index * 10 + 1);
        }
        Assert.Equal(3, (await world.Look(100)).Value());
        await world.Pay("p9", 90);
        Assert.Equal(0, (await world.Look(100)).Value());
    }

    [Fact]
    public async Task Events_OfAnAccount_AreCountedByTypeAndOnce()
    {
        var world = World(Card(VelocityAggregate.Events, Hour, "password_changed") with { Entity = "account" });
        await world.Happen(VelocityEventType.PasswordChanged, "e1", 0);
        await world.Happen(VelocityEventType.PasswordChanged, "e1", 0);
        await world.Happen(VelocityEventType.PasswordChanged, "e2", 1);
        await world.Happen(VelocityEventType.SignedIn, "e3", 2);
        Assert.Equal(2, (await world.Look(10)).Value());
        Assert.Equal(0, (await world.Look(2 * Hour)).Value());
    }

    [Fact]
    public async Task ChallengeFailures_OfAnAccount_CountFailedAndAbandonedOnes()
    {
        var world = World(Card(VelocityAggregate.ChallengeFailures, Hour) with { Entity = "account" }, Card(VelocityAggregate.Events, Hour, "challenge_abandoned") with { Entity = "account" });
        await world.Happen(VelocityEventType.ChallengeFailed, "e1", 0);
        await world.Happen(VelocityEventType.ChallengeFailed, "e2", 1);
        await world.Happen(VelocityEventType.ChallengeAbandoned, "e3", 2);
        await world.Happen(VelocityEventType.ChallengeAbandoned, "e3", 2);
        await world.Happen(VelocityEventType.SignInFailed, "e4", 3);
        var answers = await world.Look(10);
        Assert.Equal((3, 1), (answers.Value(), answers.Value(1)));
        Assert.Equal(1, (await world.Look(Hour + 1)).Value());
    }

    [Fact]
    public async Task Events_WithACondition_AreComparedWithThePayment()
    {
        // The events happened on device d1, the account's second partner.
        var other = new Where("not same_device", told => (told.ToldPartners & 2) != 0 && (told.SamePartners & 2) == 0);
        var world = World(Card(VelocityAggregate.Events, Hour, "signed_in", where: other) with { Entity = "account" });
        await world.Happen(VelocityEventType.SignedIn, "e1", 0);
        Assert.Equal(0, (await world.Look(10)).Value());
        Assert.Equal(1, (await world.Look(10, Payment("elsewhere", device: "d2"))).Value());
        Assert.Equal(0, (await world.Look(10, Payment("nowhere", device: null))).Value());
    }

    [Fact]
    public async Task Entity_NotNamedByThePayment_IsMissing()
    {
        var world = World(Card(Count, Hour));
        Assert.Equal(SignalState.Missing, (await world.Pay(Payment("p", card: null), 0)).State());
        Assert.Equal(SignalState.Known, (await world.Pay(Payment("q"), 0)).State());
    }

    [Theory]
    [InlineData("A A")]
    [InlineData("A B A")]
    [InlineData("B A A B")]
    [InlineData("C B A")]
    [InlineData("C B A A B C")]
    public async Task Redelivery_InAnyOrder_CountsAsOnceInOrder(string order)
    {
        // B lies on the other side of an hour's end.
        var times = new Dictionary<string, long> { ["A"] = 29 * Minute, ["B"] = 31 * Minute, ["C"] = 40 * Minute };
        var world = World(Card(Count, Hour), Card(Sum, Hour), Card(Declines, Hour), Card(Count, 10 * Minute));
        var ids = order.Split(' ');
        foreach (var id in ids)
        {
            await world.Pay(id, times[id]);
            await world.Hear(id, VelocityEventType.Declined, times[id] + 1);
        }
        var known = ids.Distinct().ToList();
        var answer = await world.Look(40 * Minute + 1);
        Assert.Equal([known.Count, known.Count * 1_000, known.Count, known.Count(id => id != "A")], [.. Enumerable.Range(0, 4).Select(answer.Value)]);
    }

    [Fact]
    public async Task Redelivery_OfAPayment_ReadsWhatStoodBeforeItsFirstRecord()
    {
        var world = World(Card(Count, Hour));
        await world.Pay("p1", 0);
        Assert.Equal(1, (await world.Pay("p2", 1)).Value());
        await world.Pay("p3", 2);
        var again = await world.Pay("p2", 1);
        Assert.Equal(1, again.Value());
        Assert.Equal(0ul, again.Attempt.FirstHere & 1);
    }

    [Fact]
    public async Task Void_OfARepeatedAttempt_DoesNotCount()
    {
        var world = World(Card(Count, Hour));
        await world.Pay("p1", 0);
        var repeated = await world.Pay("p2", 1);
        Assert.Equal(1ul, repeated.Attempt.FirstHere & 1);
        Assert.True(await world.Store.Append(VelocityEvent.Void(repeated.Attempt, repeated.Attempt.FirstHere), CancellationToken.None));
        await world.Pay("p2", 1);
        Assert.Equal(1, (await world.Look(2)).Value());
    }

    [Fact]
    public async Task Burst_OfTwentyAtOnce_ThreeSeeFewerThanThree()
    {
        var world = World(Card(Count, 10 * Minute));
        for (var burst = 0; burst < 20; burst++)
        {
            var (card, at) = ($"burst{burst}", burst);
            var counts = await Task.WhenAll(Enumerable.Range(0, 20).Select(index => Task.Run(() => world.Pay(Payment($"{card}-{index}", card), at + index % 3))));
            Assert.Equal(3, counts.Count(answer => answer.Value() < 3));
            Assert.Equal(Enumerable.Range(0, 20).Select(count => (long?)count), counts.Select(answer => answer.Value()).Order());
        }
    }

    [Fact]
    public async Task Exactness_UpToAHundredAndSixtyRecords_IsKept()
    {
        var world = World(Card(Count, Day), Card(Count, 10 * Minute), Card(Distinct, Day, "account"));
        for (var index = 0; index < 160; index++) await world.Pay(Payment($"p{index}", account: $"a{index % 50}"), index * Minute);
        await Settle(world);
        var answer = await world.Look(160 * Minute);
        Assert.Equal([160, 9, 50], [.. Enumerable.Range(0, 3).Select(answer.Value)]);
        Assert.False(answer.IsApproximate());
    }

    [Fact]
    public async Task Compaction_OfALongLog_KeepsValuesWithinTheDocumentedError()
    {
        var world = World(
            Card(Count, 30 * Day), Card(Count, 2 * Hour), Card(Sum, 30 * Day), Card(Distinct, 30 * Day, "account"), Card(FirstSeen), Card(StdDev, 30 * Day),
            Card(Max, 30 * Day), Card(Declines, 30 * Day), Card(Count, 30 * Day, where: Where.Declined), Card(Count, 30 * Minute), Card(SinceLast));
        for (var index = 0; index < 700; index++)
        {
            await world.Pay(Payment($"p{index}", account: $"a{index % 90}", minor: 100 + index), index * Minute);
            if (index % 4 == 0) await world.Hear($"p{index}", VelocityEventType.Declined, index * Minute + 1_000);
            if (index % 100 == 99) await Settle(world);
        }
        var answer = await world.Look(700 * Minute);
        Assert.Equal([700, null, 100 * 700 + 699 * 700 / 2, 90, 700 * Minute, 202, 799, 175, 175, 29, Minute], [.. Enumerable.Range(0, 11).Select(index => index == 1 ? null : answer.Value(index))]);
        // The window's edge cuts one bucket, at most a twelfth of its age wide.
        Assert.InRange(answer.Value(1)!.Value, 119, 119 + 120 / 12 + 1);
        Assert.True(answer.IsApproximate());
        Assert.False(answer.IsApproximate(9));
    }

    [Fact]
    public async Task Compaction_OfALogWithRepetitions_DropsThem()
    {
        var world = World(Card(Count, Day), Card(Declines, Day));
        for (var index = 0; index < 300; index++)
        {
            await world.Pay($"p{index}", index * Minute);
            await world.Pay($"p{index / 2 * 2}", index / 2 * 2 * Minute);
            if (index % 50 == 0) await Settle(world);
        }
        await Settle(world);
        Assert.Equal(300, (await world.Look(300 * Minute)).Value());
    }

    /// <summary>Waits until what the store does in the background is done.</summary>
    private protected virtual Task Settle(object world) => Task.CompletedTask;
}
