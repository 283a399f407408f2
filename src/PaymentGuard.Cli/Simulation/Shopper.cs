using System.Globalization;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Cli.Simulation;

/// <summary>A simulated person with an account, a card, a device and habits.</summary>
/// <param name="Home">Where the person lives, and the card was issued.</param>
/// <param name="UsualMinor">What a usual purchase costs, in minor units.</param>
internal sealed record Shopper(
    AccountFacts Account, CardFacts Card, DeviceFacts Device, AddressFacts Shipping, Place Home, int UsualMinor, IReadOnlyList<MerchantFacts> Merchants)
{
    /// <summary>A purchase in the usual way; id and time come later.</summary>
    public PaymentAttempt Buys(long amountMinor, MerchantFacts? merchant = null) => new(
        new PaymentFacts("", new Money(amountMinor, Home.Currency), Channel: "web"),
        Account, merchant ?? Merchants[0], Card, Device, Shipping, new AddressFacts(Home.Country));
}

/// <summary>Makes people, merchants, cards and devices up. The same seed makes the same ones, under names of the run.</summary>
/// <param name="run">Part of every id, so that runs against one database do not meet.</param>
internal sealed class People(Random random, string run, DateTimeOffset now)
{
    private static readonly string[] Mailboxes = ["post", "mail", "inbox", "letters", "mailbox", "home", "family", "desk"];
    private static readonly string[] UserAgents =
    [
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1",
        "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/138.0 Mobile Safari/537.36",
    ];
    private static readonly string[] Categories = ["5732", "5651", "5411", "5942", "5812", "5945", "7372"];

    private readonly List<MerchantFacts> merchants = [.. Enumerable.Range(0, 60).Select(number =>
        new MerchantFacts($"m_{run}_{number}", Categories[number % Categories.Length], Places.All[number % 7].Country))];
    private int count;

    /// <summary>A person with an account of some years.</summary>
    public Shopper Established() => Person(now.AddDays(-random.Next(400, 2_000)), Places.All[Math.Min(random.Next(7), random.Next(10))]);

    /// <summary>An account, card and device that appear for the first time; its mailbox may be a throw-away one.</summary>
    public Shopper New(TimeSpan age, string? mailDomain = null)
    {
        var person = Person(now - age, Places.All[random.Next(7)]);
        return mailDomain is null ? person : person with { Account = person.Account with { Email = $"{person.Account.Id}@{mailDomain}" } };
    }

    public MerchantFacts Merchant() => merchants[random.Next(merchants.Count)];

    public DeviceFacts DeviceAt(Place place) =>
        new($"d_{run}_{++count}", Places.Address(place, random.Next(8_000)), UserAgents[random.Next(UserAgents.Length)], place.Language);

    public CardFacts CardOf(Place place) => new($"tok_{run}_{++count}", place.Bin, Digits(4), place.Country);

    /// <summary>An amount of the size that the person usually spends: log-normal around it.</summary>
    public long Around(int usualMinor)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return Math.Max(100, (long)(usualMinor * Math.Exp(0.4 * normal)));
    }

    private Shopper Person(DateTimeOffset since, Place home)
    {
        var number = ++count;
        var account = new AccountFacts(
            $"a_{run}_{number}", since, $"{run}{number}@{Mailboxes[random.Next(Mailboxes.Length)]}{random.Next(40)}.example", "+4915" + Digits(8), home.Country);
        var shipping = new AddressFacts(home.Country, $"{home.City} {run}", home.PostalCode[..2] + Digits(3));
        return new Shopper(account, CardOf(home), DeviceAt(home), shipping, home, random.Next(1_500, 12_000), [Merchant(), Merchant(), Merchant()]);
    }

    private string Digits(int length) => random.Next((int)Math.Pow(10, length)).ToString(CultureInfo.InvariantCulture).PadLeft(length, '0');
}
