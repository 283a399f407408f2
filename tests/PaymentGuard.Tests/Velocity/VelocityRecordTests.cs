using System.Net;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Domain.Velocity;

namespace PaymentGuard.Tests.Velocity;

/// <summary>The bytes are stored for months, so they are written out here.</summary>
public sealed class VelocityRecordTests
{
    [Fact]
    public void ToBytes_OfAnAttempt_AreTheseBytes()
    {
        var record = new VelocityRecord(0x0102_0304_0506, RecordKind.Attempt, RecordFlags.Saturated, 0x1112_1314_1516_1718, 0x2122_2324, 0x3132_3334, 0x4142_4344, 0x5152_5354);
        Assert.Equal("0605040302010020" + "1817161514131211" + "24232221" + "34333231" + "44434241" + "54535251", Convert.ToHexString(record.ToBytes()));
    }

    [Fact]
    public void In_BytesOfARecord_ReadsWhatWasWritten()
    {
        var record = VelocityRecord.In(new VelocityRecord(1_772_357_400_123, RecordKind.Label, (byte)(3 | RecordFlags.NoRate), 7, 0, 5).ToBytes())[0];
        Assert.Equal((1_772_357_400_123, RecordKind.Label, 3, 7ul, 5u), (record.TimeMs, record.Kind, record.Code, record.EventHash, record.TieRank));
        Assert.True(record is { HasNoRate: true, IsSaturated: false });
    }

    [Fact]
    public void In_BytesThatAreNoWholeRecords_Throws() => Assert.Throws<ArgumentException>(() => VelocityRecord.In(new byte[33]).Length);

    [Fact]
    public void OfIdentifier_SameTextAsTwoKinds_GivesUnrelatedKeys()
    {
        var hasher = new EntityHasher(Enumerable.Range(0, 32).Select(index => (byte)index).ToArray());
        Assert.NotEqual(hasher.OfIdentifier("card", "x"), hasher.OfIdentifier("account", "x"));
        Assert.NotEqual(hasher.OfEvent("a", "bc"), hasher.OfEvent("ab", "c"));
        Assert.Equal("pg:v1:c:O4vZArFJA2jRo7n_GjjJxA", new EntityKey('c', hasher.OfIdentifier("card", "tok_9f").Key).ToString());
    }

    [Theory]
    [InlineData("email", "buyer@example.com")]
    [InlineData("email_domain", "example.com")]
    [InlineData("phone", "8613800000000")]
    [InlineData("ip", "203.0.113.9")]
    [InlineData("ip24", "203.0.113.0/24")]
    [InlineData("shipping", "cn|100080|北京")]
    [InlineData("card", "tok_9f")]
    [InlineData("device", null)]
    public void Of_APayment_GivesTheOneSpelling(string name, string? expected)
    {
        var attempt = new PaymentAttempt(
            new PaymentFacts("p", new Money(1, "EUR")), new AccountFacts("a", Email: " Buyer@Example.COM ", Phone: "+86 138-0000-0000"),
            Card: new CardFacts(" tok_9f"), Device: new DeviceFacts(Ip: "::ffff:203.0.113.9"), Shipping: new AddressFacts("CN", "北京 ", "100 080"));
        Assert.Equal(expected, EntityIdentifiers.Of(name, attempt, new NoReference()));
    }

    [Fact]
    public void IpNetwork_OfAnIpv6Address_IsItsFirst48Bits() => Assert.Equal("2001:db8:1::/48", CanonicalText.IpNetwork(IPAddress.Parse("2001:db8:1:2:3::4")));

    [Fact]
    public void Settings_WithTheLetterOfDecisions_AreRefused() => Assert.Throws<ArgumentException>(() =>
        new VelocitySettings([new EntityDefinition("card", VelocitySettings.ReservedLetter, [], TimeSpan.FromDays(1))], new Dictionary<string, string>()));

    private sealed class NoReference : IReferenceData
    {
        public string? CountryOf(IPAddress address) => null;

        public Money? InBaseCurrency(Money amount, DateTimeOffset at) => amount;
    }
}
