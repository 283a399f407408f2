using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Challenges;

namespace PaymentGuard.Tests.Challenges;

public sealed class FactorLockTests
{
    private static readonly DateTimeOffset Noon = DateTimeOffset.Parse("2026-03-01T12:00:00+00:00");

    [Fact]
    public void AfterFailure_FifthInARow_LocksForHalfAMinute()
    {
        var four = Failed(FactorLock.None, 4, Noon);
        Assert.False(four.IsClosedAt(Noon));
        var five = four.AfterFailure(Noon);
        Assert.Equal((30, Noon.AddSeconds(30)), (five.LockSeconds, five.LockedUntil));
        Assert.True(five.IsClosedAt(Noon.AddSeconds(30).AddTicks(-1)));
        Assert.False(five.IsClosedAt(Noon.AddSeconds(30)));
    }

    [Fact]
    public void AfterFailure_AfterALock_EachDoublesUpToAnHour()
    {
        var (state, now, seconds) = (Failed(FactorLock.None, 5, Noon), Noon, new List<int>());
        for (var round = 0; round < 10; round++)
        {
            seconds.Add(state.LockSeconds);
            now = state.LockedUntil!.Value;
            state = state.AfterFailure(now);
        }
        Assert.Equal([30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600], seconds);
    }

    [Fact]
    public void AfterFailure_HundredthWithinThirtyDays_DisablesForEver()
    {
        var state = Failed(FactorLock.None, 99, Noon);
        Assert.True(state.IsLastWarningAt(Noon));
        Assert.Null(state.DisabledAt);
        state = state.AfterFailure(Noon.AddDays(29));
        Assert.Equal(Noon.AddDays(29), state.DisabledAt);
        Assert.True(state.IsClosedAt(Noon.AddYears(10)));
        Assert.Same(state, state.AfterRedeeming(Noon.AddYears(10)));
    }

    [Fact]
    public void AfterFailure_OlderThanThirtyDays_CountsNoMore()
    {
        var state = Failed(FactorLock.None, 99, Noon).AfterFailure(Noon.AddDays(30));
        Assert.Null(state.DisabledAt);
        Assert.False(state.IsLastWarningAt(Noon.AddDays(30)));
        Assert.Equal(100, state.FailedAt.Length);
    }

    [Fact]
    public void AfterRedeeming_OfAnAnswerAfterTheLock_Forgets()
    {
        var locked = Failed(FactorLock.None, 5, Noon);
        var relieved = locked.AfterRedeeming(Noon.AddSeconds(31));
        Assert.Equal((0, 0, null), (relieved.Failures, relieved.LockSeconds, relieved.LockedUntil));
        // The hundred of thirty days are counted all the same.
        Assert.Equal(5, relieved.FailedAt.Length);
    }

    [Theory]
    [InlineData(-60)]
    [InlineData(0)]
    public void AfterRedeeming_LockBeganSinceTheAnswer_Stays(int answeredSeconds)
    {
        var locked = Failed(FactorLock.None, 5, Noon);
        Assert.Same(locked, locked.AfterRedeeming(Noon.AddSeconds(answeredSeconds)));
    }

    /// <summary>Any order of failures, waits and redeemed proofs: nobody has more tries than he is allowed.</summary>
    [Fact]
    public void AnySequence_Always_KeepsTheLimits()
    {
        var steps = from wait in Gen.Choose(0, 4_000) from redeems in Gen.Choose(0, 20) select (wait, redeems: redeems == 0);
        FsCheck.Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Gen.ListOf(steps, 150).ToArbitrary(), all =>
        {
            var (state, now, sinceRedeeming, isWhole) = (FactorLock.None, Noon, 0, true);
            foreach (var (wait, redeems) in all)
            {
                now = now.AddSeconds(wait);
                if (redeems && !state.IsClosedAt(now)) (state, sinceRedeeming) = (state.AfterRedeeming(now), 0);
                if (state.IsClosedAt(now)) continue;
                var next = state.AfterFailure(now);
                sinceRedeeming++;
                isWhole &= next.FailedAt.Length <= FactorLock.FailuresDisabling && next.LockSeconds is 0 or (>= 30 and <= 3_600);
                // From the fifth failure on each one closes, and never for less than the one before.
                isWhole &= sinceRedeeming < FactorLock.FailuresMax ? !next.IsClosedAt(now) || next.DisabledAt is not null : next.IsClosedAt(now);
                isWhole &= next.LockSeconds >= state.LockSeconds;
                state = next;
            }
            return isWhole && all.Count >= state.FailedAt.Length;
        }));
    }

    private static FactorLock Failed(FactorLock state, int count, DateTimeOffset now)
    {
        for (var failure = 1; failure <= count; failure++) state = state.AfterFailure(now);
        return state;
    }
}
