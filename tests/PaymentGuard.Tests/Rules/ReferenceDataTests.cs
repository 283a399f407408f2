using System.Net;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Rules;

namespace PaymentGuard.Tests.Rules;

public sealed class ReferenceDataTests
{
    private const string Table =
        """
        prefix,country
        10.0.0.0/8,AA
        10.1.0.0/16,BB
        10.1.2.0/24,CC
        10.1.3.0/24,BB
        10.2.0.0/16,AA
        192.0.2.7/32,DD
        255.255.255.0/24,EE
        2001:db8::/32,FF
        2001:db8:1::/48,GG
        2001:db8:1::1/128,HH
        """;

    [Theory]
    [InlineData("9.255.255.255", null)]
    [InlineData("10.0.0.0", "AA")]
    [InlineData("10.1.0.0", "BB")]
    [InlineData("10.1.2.255", "CC")]
    [InlineData("10.1.3.0", "BB")]
    [InlineData("10.1.255.255", "BB")]
    [InlineData("10.2.0.0", "AA")]
    [InlineData("10.255.255.255", "AA")]
    [InlineData("11.0.0.0", null)]
    [InlineData("192.0.2.6", null)]
    [InlineData("192.0.2.7", "DD")]
    [InlineData("192.0.2.8", null)]
    [InlineData("255.255.255.255", "EE")]
    [InlineData("::ffff:10.1.2.3", "CC")]
    [InlineData("2001:db8::1", "FF")]
    [InlineData("2001:db8:1::1", "HH")]
    [InlineData("2001:db8:1::2", "GG")]
    [InlineData("2001:db8:2::", "FF")]
    [InlineData("2001:db9::", null)]
    public void CountryOf_NestedRanges_TheNarrowestHolds(string address, string? country) =>
        Assert.Equal(country, IpCountries.Read(new StringReader(Table), "table").CountryOf(IPAddress.Parse(address)));

    [Fact]
    public void CountryOf_RandomAddresses_EqualsALinearScan()
    {
        var random = new Random(7);
        var networks = Enumerable.Range(0, 400).Select(_ => RandomNetwork(random)).DistinctBy(row => row.Network).ToList();
        var table = string.Join('\n', networks.Select(row => $"{row.Network},{row.Country}").Prepend("prefix,country"));
        var countries = IpCountries.Read(new StringReader(table), "table");
        for (var n = 0; n < 5_000; n++)
        {
            var address = RandomAddress(random);
            var scanned = networks.Where(row => row.Network.Contains(address)).OrderByDescending(row => row.Network.PrefixLength).FirstOrDefault();
            Assert.Equal(scanned.Country, countries.CountryOf(address));
        }
    }

    [Fact]
    public void Load_WholeTable_IsQuickSmallAndRight()
    {
        var countries = IpCountries.Load(Shared.File("data/ip-country.csv.gz"));
        Assert.InRange(countries.Count, 150_000, 243_034);
        Assert.Equal("AU", countries.CountryOf(IPAddress.Parse("1.0.0.1")));
        Assert.Equal("CN", countries.CountryOf(IPAddress.Parse("1.0.1.255")));
        Assert.Equal("JP", countries.CountryOf(IPAddress.Parse("2001:200::1")));
        Assert.Null(countries.CountryOf(IPAddress.Parse("127.0.0.1")));
    }

    [Theory]
    [InlineData("cidr,country\n", "first line")]
    [InlineData("prefix,country\n10.0.0.0/33,AA\n", "table:2")]
    [InlineData("prefix,country\n10.0.0.0/8,AA\n10.0.0.0/8,Germany\n", "table:3")]
    public void Read_AnotherFile_IsRefusedWithTheLine(string text, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => IpCountries.Read(new StringReader(text), "table")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1_000, "EUR", "2020-01-01", 1_000L)]
    [InlineData(1_000, "CNY", "2025-12-31", 130L)]
    [InlineData(1_000, "CNY", "2026-01-01", 128L)]
    [InlineData(1_004, "CNY", "2026-01-01", 129L)]
    [InlineData(-1_004, "CNY", "2026-01-01", -129L)]
    [InlineData(1_000, "JPY", "2026-01-01", 600L)]
    [InlineData(1_000, "KWD", "2026-01-01", 300L)]
    [InlineData(1_000, "CNY", "2024-12-31", null)]
    [InlineData(1_000, "USD", "2026-01-01", null)]
    [InlineData(1_000, "XTS", "2026-01-01", null)]
    public void InBaseCurrency_RateOfTheDay_RoundsHalfAway(long minor, string currency, string day, long? expected)
    {
        var diagnostics = new List<RuleDiagnostic>();
        var rates = ExchangeRates.Read(new SourceFile("rates.csv",
            "currency,rate,from\nCNY,0.128,2026-01-01\nCNY,0.13,2025-01-01\nJPY,0.006,2020-01-01\nKWD,3,2020-01-01\n"), diagnostics);
        Assert.Empty(diagnostics);
        Assert.Equal(expected, rates.InBaseCurrency(new Money(minor, currency), DateTimeOffset.Parse($"{day}T00:00:00Z"))?.Minor);
    }

    [Theory]
    [InlineData("currency,rate\n", 1)]
    [InlineData("currency,rate,from\nCNY,0.13,2025-01-01\nABC,1,2025-01-01\n", 3)]
    [InlineData("currency,rate,from\nCNY,0,2025-01-01\n", 2)]
    [InlineData("currency,rate,from\nCNY,0.13\n", 2)]
    [InlineData("currency,rate,from\nCNY,0.13,1.1.2025\n", 2)]
    public void Read_FaultyRates_AreToldWithTheLine(string text, int line) =>
        Assert.Equal(line, Assert.Single(RuleTexts.Load(("rates.csv", text)).Diagnostics).Line);

    private static (IPNetwork Network, string Country) RandomNetwork(Random random)
    {
        var bytes = RandomAddress(random).GetAddressBytes();
        var prefix = random.Next(4, bytes.Length * 8 + 1);
        for (var bit = prefix; bit < bytes.Length * 8; bit++) bytes[bit / 8] &= (byte)~(0x80 >> bit % 8);
        return (new IPNetwork(new IPAddress(bytes), prefix), $"{(char)('A' + random.Next(3))}A");
    }

    /// <summary>Of few values, so that networks nest and addresses hit.</summary>
    private static IPAddress RandomAddress(Random random)
    {
        var bytes = new byte[random.Next(2) == 0 ? 4 : 16];
        for (var n = 0; n < bytes.Length; n++) bytes[n] = (byte)random.Next(4);
        return new IPAddress(bytes);
    }
}
