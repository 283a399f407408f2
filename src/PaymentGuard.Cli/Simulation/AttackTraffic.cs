using PaymentGuard.Domain.Payments;
using PaymentGuard.Events;

namespace PaymentGuard.Cli.Simulation;

/// <summary>The attacks that are planted into the last day, each as it is seen in the field. They know nothing of the rules.</summary>
internal sealed class AttackTraffic(Random random, People people, string run, DateTimeOffset now)
{
    private static readonly string[] ThrowAwayDomains = ["mailinator.com", "yopmail.com", "10minutemail.com"];

    private int count;

    /// <summary>How many kinds there are; each round of <see cref="Plant"/> plants one of each.</summary>
    public const int Kinds = 9;

    /// <summary>One attack of each kind.</summary>
    /// <param name="victims">People with a history; each is used once.</param>
    public IEnumerable<Story> Plant(Queue<Shopper> victims) =>
    [
        CardTesting(), ManyCardsOnOneDevice(), ManyAccountsOnOneCard(), ImpossibleTravel(victims.Dequeue()), DisposableEmail(),
        Takeover(victims.Dequeue()), MerchantBurst(), FarAboveHabit(victims.Dequeue()), BinAttack(),
    ];

    /// <summary>Stolen numbers are tried with small amounts until the issuer says yes; then comes the purchase.</summary>
    private Story CardTesting()
    {
        var (writer, time, thief) = (Begin(), Start(), people.New(TimeSpan.FromHours(30)));
        for (var attempt = 0; attempt < 7; attempt++)
        {
            writer.Pay(time, thief.Buys(random.Next(50, 300)), authorized: attempt > 4, isFraud: true);
            time = time.AddSeconds(random.Next(20, 60));
        }
        return writer.Pay(time.AddMinutes(3), thief.Buys(42_000), isFraud: true).ToStory("card testing");
    }

    private Story ManyCardsOnOneDevice()
    {
        var (writer, time, thief) = (Begin(), Start(), people.New(TimeSpan.FromDays(3)));
        for (var card = 0; card < 8; card++)
        {
            var stolen = thief with { Card = people.CardOf(Places.All[card % 7]) };
            writer.Pay(time, stolen.Buys(random.Next(3_000, 9_000)), authorized: card % 2 == 0, isFraud: true);
            time = time.AddMinutes(random.Next(2, 6));
        }
        return writer.ToStory("many cards, one device");
    }

    private Story ManyAccountsOnOneCard()
    {
        var (writer, time, card) = (Begin(), Start(), people.CardOf(Places.All[0]));
        for (var account = 0; account < 7; account++)
        {
            writer.Pay(time, (people.New(TimeSpan.FromDays(2)) with { Card = card }).Buys(random.Next(2_000, 8_000)), isFraud: true);
            time = time.AddMinutes(random.Next(5, 20));
        }
        return writer.ToStory("many accounts, one card");
    }

    /// <summary>The owner pays at home; an hour later somebody pays with the same account and card on another continent.</summary>
    private Story ImpossibleTravel(Shopper victim)
    {
        var (writer, time) = (Begin(), Start());
        var thief = victim with { Device = people.DeviceAt(Places.All[8 + random.Next(2)]) };
        return writer
            .Pay(time, victim.Buys(people.Around(victim.UsualMinor)))
            .Pay(time.AddMinutes(65), thief.Buys(people.Around(victim.UsualMinor) + 4_000), isFraud: true)
            .ToStory("impossible travel");
    }

    private Story DisposableEmail()
    {
        var (writer, time, thief) = (Begin(), Start(), people.New(TimeSpan.FromHours(13), ThrowAwayDomains[random.Next(ThrowAwayDomains.Length)]));
        return writer
            .Happens(time, EventType.Registered, thief.Buys(0))
            .Pay(time.AddMinutes(4), thief.Buys(19_900), isFraud: true)
            .ToStory("throw-away e-mail");
    }

    /// <summary>Failed sign-ins, one that works, a new password, and a purchase from the thief's device to another address.</summary>
    private Story Takeover(Shopper victim)
    {
        var (writer, time) = (Begin(), Start());
        var thief = victim with { Device = people.DeviceAt(victim.Home), Shipping = new AddressFacts(victim.Home.Country, "Parcel locker", "99000") };
        for (var attempt = 0; attempt < 7; attempt++) writer.Happens(time.AddSeconds(25 * attempt), EventType.SignInFailed, thief.Buys(0));
        return writer
            .Happens(time.AddMinutes(4), EventType.SignedIn, thief.Buys(0))
            .Happens(time.AddMinutes(6), EventType.PasswordChanged, thief.Buys(0))
            .Happens(time.AddMinutes(7), EventType.DeviceBound, thief.Buys(0))
            .Pay(time.AddMinutes(15), thief.Buys(8L * victim.UsualMinor), isFraud: true)
            .ToStory("account takeover");
    }

    /// <summary>One small shop is used to try dozens of cards, each once.</summary>
    private Story MerchantBurst()
    {
        var (writer, time, shop) = (Begin(), Start(), new MerchantFacts($"m_{run}_burst{count}", "7372", "DE"));
        for (var card = 0; card < 45; card++)
        {
            writer.Pay(time, people.New(TimeSpan.FromDays(5)).Buys(random.Next(60, 400), shop), authorized: card % 3 == 0, isFraud: true);
            time = time.AddSeconds(random.Next(2, 7));
        }
        return writer.ToStory("merchant burst");
    }

    /// <summary>The card was copied: everything is as always but the amount.</summary>
    private Story FarAboveHabit(Shopper victim) =>
        Begin().Pay(Start(), victim.Buys(15L * victim.UsualMinor + 20_000), isFraud: true).ToStory("far above habit");

    /// <summary>Numbers of one issuer are guessed, from a handful of machines.</summary>
    private Story BinAttack()
    {
        var (writer, time) = (Begin(), Start());
        var bots = Enumerable.Range(0, 4).Select(_ => people.New(TimeSpan.FromDays(1))).ToList();
        var bin = $"4{random.Next(10_000, 99_999)}";
        for (var guess = 0; guess < 32; guess++)
        {
            var bot = bots[guess % bots.Count] with { Card = people.CardOf(Places.All[0]) with { Bin = bin } };
            writer.Pay(time, bot.Buys(random.Next(900, 3_000)), authorized: guess % 8 == 7, isFraud: true);
            time = time.AddSeconds(random.Next(8, 25));
        }
        return writer.ToStory("BIN attack");
    }

    private StoryWriter Begin() => new($"pay_{run}_x{++count}");

    // The longest attack takes two and a half hours.
    private DateTimeOffset Start() => now.AddHours(-3 - 8 * random.NextDouble());
}
