using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Challenges;

namespace PaymentGuard.Tests.Challenges;

public sealed class ClockDriftTests
{
    [Theory]
    [InlineData(new[] { 1, 1 }, 0)]
    [InlineData(new[] { 1, 1, 1 }, 1)]
    [InlineData(new[] { -1, -1, -1 }, -1)]
    [InlineData(new[] { 1, 1, 0, 1 }, 0)]
    [InlineData(new[] { 1, 1, -1, 1, 1 }, 0)]
    [InlineData(new[] { 1, 1, 1, -1, -1, -1 }, 0)]
    [InlineData(new[] { 1, 1, 1, 1, 1, 1 }, 2)]
    public void After_CodesThatAreOff_MovesOnlyAfterThreeInARow(int[] offsets, int steps) => Assert.Equal(steps, After(offsets).Steps);

    [Fact]
    public void After_ClockEverFurtherOff_EndsAtTheBound()
    {
        Assert.Equal(ClockDrift.StepsMax, After(Enumerable.Repeat(1, 100)).Steps);
        Assert.Equal(-ClockDrift.StepsMax, After(Enumerable.Repeat(-1, 100)).Steps);
    }

    [Fact]
    public void After_AnyOffsets_MovesOneStepAtMostAndOnlyToTheirSide() =>
        FsCheck.Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Gen.ListOf(Gen.Choose(-1, 1), 60).ToArbitrary(), offsets =>
        {
            var (drift, isWhole) = (default(ClockDrift), true);
            foreach (var offset in offsets)
            {
                var next = drift.After(offset);
                var moved = next.Steps - drift.Steps;
                isWhole &= (moved == 0 || moved == offset) && Math.Abs(next.Steps) <= ClockDrift.StepsMax && Math.Abs(next.Run) < ClockDrift.RunMoving;
                drift = next;
            }
            return isWhole;
        }));

    /// <summary>A clock that is slowly going wrong is followed, so that its codes go on being accepted.</summary>
    [Fact]
    public void After_ClockThatLosesAStepNowAndThen_IsFollowed()
    {
        var drift = default(ClockDrift);
        for (var (code, behind) = (0, 0); code < 40; code++)
        {
            behind = code / 8;
            if (behind > ClockDrift.StepsMax) break;
            var offset = -behind - drift.Steps;
            Assert.InRange(offset, -1, 1);
            drift = drift.After(offset);
        }
        Assert.Equal(-4, drift.Steps);
    }

    private static ClockDrift After(IEnumerable<int> offsets) => offsets.Aggregate(default(ClockDrift), (drift, offset) => drift.After(offset));
}
