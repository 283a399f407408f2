namespace PaymentGuard.Cli.Simulation;

/// <summary>What to simulate: the same numbers make the same people, purchases and attacks.</summary>
/// <param name="Payments">About how many payments, 100 or more; attacks of each kind are planted for each thousand, at least one.</param>
/// <param name="Run">Part of all ids.</param>
/// <param name="Now">The end of the simulated month.</param>
internal sealed record TrafficPlan(int Payments, int Seed, string Run, DateTimeOffset Now)
{
    public const int PaymentsMin = 100, PaymentsMax = 200_000;

    private const int PurchasesPerMonth = 12, PaymentsPerRound = 1_000, AttackPaymentsPerRound = 110, VictimsPerRound = 3;

    private static readonly TimeSpan Month = TimeSpan.FromDays(30), Day = TimeSpan.FromDays(1);

    public Traffic Make()
    {
        var random = new Random(Seed);
        var people = new People(random, Run, Now);
        var honest = new HonestTraffic(random, people, Run, Now);
        var rounds = Math.Max(1, Payments / PaymentsPerRound);
        var shoppers = Enumerable.Range(0, Math.Max(VictimsPerRound * rounds, (Payments - rounds * AttackPaymentsPerRound) / PurchasesPerMonth))
            .Select(_ => people.Established()).ToList();
        var history = shoppers.Select((shopper, number) => honest.Life(shopper, $"{number}", Month, Day, PurchasesPerMonth - 1)).ToList();
        var attacks = new AttackTraffic(random, people, Run, Now);
        var victims = new Queue<Shopper>(shoppers);
        var planted = Enumerable.Range(0, rounds).SelectMany(_ => attacks.Plant(victims)).ToList();
        // Victims have their last day in the attack's story.
        var lastDay = victims.Select((shopper, number) => honest.Life(shopper, $"{number}d", Day, TimeSpan.FromMinutes(10), purchases: 1)).ToList();
        return new Traffic(history, [.. lastDay, .. planted]);
    }
}
