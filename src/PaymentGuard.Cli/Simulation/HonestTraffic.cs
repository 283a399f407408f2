using PaymentGuard.Events;

namespace PaymentGuard.Cli.Simulation;

/// <summary>What honest people do: mostly the usual, now and then something that a rule may mistake.</summary>
internal sealed class HonestTraffic(Random random, People people, string run, DateTimeOffset now)
{
    private const double DeclinedShare = 0.03, NewDeviceShare = 0.02, BigPurchaseShare = 0.015;

    /// <summary>The purchases of one person between two times.</summary>
    /// <param name="number">Of the story, part of its payments' ids.</param>
    /// <param name="from">How long before now it begins.</param>
    public Story Life(Shopper shopper, string number, TimeSpan from, TimeSpan to, int purchases)
    {
        var writer = new StoryWriter($"pay_{run}_h{number}");
        var current = shopper;
        foreach (var time in Times(from, to, purchases))
        {
            if (random.NextDouble() < 0.3) writer.Happens(time.AddMinutes(-4), EventType.SignedIn, current.Buys(0));
            if (random.NextDouble() < NewDeviceShare) current = shopper with { Device = people.DeviceAt(shopper.Home) };
            var factor = random.NextDouble() < BigPurchaseShare ? 6 : 1;
            writer.Pay(time, current.Buys(factor * people.Around(shopper.UsualMinor), Merchant(shopper)), authorized: random.NextDouble() >= DeclinedShare);
        }
        return writer.ToStory();
    }

    private Domain.Payments.MerchantFacts Merchant(Shopper shopper) =>
        random.NextDouble() < 0.7 ? shopper.Merchants[random.Next(shopper.Merchants.Count)] : people.Merchant();

    /// <summary>Ascending times with at least ten minutes between them, fewer by night.</summary>
    private IEnumerable<DateTimeOffset> Times(TimeSpan from, TimeSpan to, int count)
    {
        var slot = (from - to) / Math.Max(1, count);
        for (var index = 0; index < count; index++)
        {
            var time = now - from + slot * index + TimeSpan.FromMinutes(10) + (slot - TimeSpan.FromMinutes(10)) * random.NextDouble();
            var morning = time.AddHours(6 - time.Hour);
            yield return time.Hour < 6 && slot > TimeSpan.FromHours(16) && morning <= now - to ? morning : time;
        }
    }
}
