using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Velocity;
using static PaymentGuard.Tests.Velocity.VelocityWorld;

namespace PaymentGuard.Tests.Velocity;

public sealed class InProcessVelocityStoreTests : VelocityConformance
{
    private protected override IVelocityStore Store { get; } = new InProcessVelocityStore();

    [Fact]
    public async Task KeepMs_Given_ForgetsNothingWithinItAndRemembersTheFirstTime()
    {
        const long day = 86_400_000;
        var store = new InProcessVelocityStore(keepMs: 30 * day);
        var world = new VelocityWorld(store, Card(VelocityAggregate.Count, 30 * day), Card(VelocityAggregate.FirstSeen));
        for (var index = 0; index < 2_000; index++)
        {
            var answer = await world.Pay($"p{index}", index * day / 4);
            Assert.Equal(Math.Min(index, 119), answer.Value());
            if (index > 0) Assert.Equal(index * day / 4, answer.Value(1));
        }
        Assert.InRange(store.BytesOf(world.Attempt(Payment("p"), 0).KeyOf(0)).Length, 119 * 32, 512 * 32);
    }

    [Fact]
    public void AppendAndRead_OncePooledAndWarm_AllocatesNothing()
    {
        var store = new InProcessVelocityStore(keepMs: 1_000);
        var world = new VelocityWorld(store,
            Card(VelocityAggregate.Count, 60_000), Card(VelocityAggregate.Distinct, 60_000, "account"), Card(VelocityAggregate.StdDev, 600_000),
            Card(VelocityAggregate.Count, 60_000, where: Where.Declined), Card(VelocityAggregate.Declines, 60_000), Card(VelocityAggregate.FirstSeen));
        var signals = new Signals(world.Layout.SlotCount);
        var attempts = Enumerable.Range(0, 400).Select(index => world.Attempt(Payment($"p{index}"), index * 10)).ToArray();
        foreach (var attempt in attempts[..300]) store.AppendAndRead(attempt, world.Plan, signals);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var index = 300; index < 400; index++) store.AppendAndRead(attempts[index], world.Plan, signals);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
