using System.Xml.Linq;
using PaymentGuard.Challenges.Factors;
using PaymentGuard.Domain.Challenges;

namespace PaymentGuard.Tests.Challenges;

public sealed class TotpSecretTests
{
    [Fact]
    public void Make_ThousandTimes_GivesThousandSecretsOf32Bytes()
    {
        var secrets = Enumerable.Range(0, 1_000).Select(_ => TotpSecret.Make("Shop", "a_7", CodeAlgorithm.Sha1, 6)).ToList();
        Assert.Equal(1_000, secrets.Select(secret => secret.Text).Distinct(StringComparer.Ordinal).Count());
        Assert.All(secrets, secret => Assert.True(Base32.TryRead(secret.Text, out var bytes) && bytes.Length == 32));
    }

    [Fact]
    public void Uri_NamesWithReservedCharacters_AreSpelledSoThatIssuerAndAccountStayApart()
    {
        var secret = new TotpSecret(new byte[32], "Shop: the 1st & only", "a/7:b c", CodeAlgorithm.Sha256, 8);
        Assert.Equal(
            $"otpauth://totp/Shop%20%20the%201st%20%26%20only:a%2F7%3Ab%20c?secret={new string('A', 52)}&issuer=Shop%20%20the%201st%20%26%20only&algorithm=SHA256&digits=8&period=30",
            secret.Uri());
    }

    [Fact]
    public void QrCode_OfAnySecret_IsAnSvgDocument() =>
        Assert.Equal("svg", XDocument.Parse(TotpSecret.Make("Shop", new string('漢', 128), CodeAlgorithm.Sha512, 8).QrCode()).Root!.Name.LocalName);

    [Fact]
    public void ToString_Always_HidesTheSecret() => Assert.Equal("TotpSecret(hidden)", TotpSecret.Make("Shop", "a_7", CodeAlgorithm.Sha1, 6).ToString());
}
