using PaymentGuard.Assessments;
using PaymentGuard.Cli.Simulation;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Tests.Cli;

public sealed class TrafficPlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Make_SameSeed_SameTraffic() => Assert.Equal(Lines(Make(seed: 7)), Lines(Make(seed: 7)));

    [Fact]
    public void Make_OtherSeed_OtherTraffic() => Assert.NotEqual(Lines(Make(seed: 7)), Lines(Make(seed: 8)));

    [Theory]
    [InlineData(TrafficPlan.PaymentsMin)]
    [InlineData(3_000)]
    public void Make_AnySize_AboutThatManyPayments(int payments) => Assert.InRange(Make(payments: payments).Payments, 0.7 * payments, 1.6 * payments);

    [Fact]
    public void Make_AtAnyHour_EveryAttemptIsValidAndNotAhead()
    {
        foreach (var now in Enumerable.Range(0, 24).Select(hour => Now.AddHours(hour)))
        {
            foreach (var step in Steps(new TrafficPlan(500, Seed: 1, "r", now).Make()).Where(step => step.IsAttempt))
            {
                Assert.True(step.Time <= now, $"{step.Data} is ahead");
                Assert.True(PaymentJson.TryRead(PaymentJson.Write(step.Data), now, out _, out var errors, out _), string.Join(", ", errors));
            }
        }
    }

    [Fact]
    public void Make_Stories_HaveDifferentPaymentsInTheOrderOfTime()
    {
        var traffic = Make();
        var payments = Steps(traffic).Where(step => step.IsAttempt).Select(step => step.Data.Payment.Id).ToList();
        Assert.Equal(payments.Count, payments.Distinct().Count());
        foreach (var story in traffic.History.Concat(traffic.LastDay))
        {
            var attempts = story.Steps.Where(step => step.IsAttempt).Select(step => step.Time).ToList();
            Assert.Equal(attempts.Order(), attempts);
        }
    }

    [Fact]
    public void Make_EachThousandPayments_PlantsEveryKindOfAttack() =>
        Assert.All(Make(payments: 3_000).Attacks.CountBy(attack => attack.Kind), kind => Assert.Equal(3, kind.Value));

    [Fact]
    public void Make_OtherRun_NobodyShipsToTheSameAddress()
    {
        static IEnumerable<object?> Addresses(string run) => Steps(new TrafficPlan(500, Seed: 1, run, Now).Make()).Where(step => step.IsAttempt).Select(step => step.Data.Shipping);
        Assert.DoesNotContain(Addresses("r2"), Addresses("r1").Where(address => address is not AddressFacts { City: "Parcel locker" }).Contains);
    }

    [Fact]
    public void Shoppers_AreThoseWhoPayHonestly()
    {
        var traffic = Make();
        var fraudulent = traffic.Attacks.SelectMany(attack => attack.Payments).ToHashSet();
        var honest = Steps(traffic).Where(step => step.IsAttempt && !fraudulent.Contains(step.Data.Payment.Id)).Select(step => step.Data.Account.Id);
        Assert.Equal(honest.Distinct().Order(), traffic.Shoppers.Order());
    }

    private static Traffic Make(int seed = 1, int payments = 500) => new TrafficPlan(payments, seed, "r", Now).Make();

    private static IEnumerable<Step> Steps(Traffic traffic) => traffic.History.Concat(traffic.LastDay).SelectMany(story => story.Steps);

    private static IEnumerable<string> Lines(Traffic traffic) =>
        Steps(traffic).Select(step => $"{step.Time:O} {step.Type} {System.Text.Encoding.UTF8.GetString(PaymentJson.Write(step.Data))}");
}
