using System.Text.Json;
using PaymentGuard.Domain.Challenges;

namespace PaymentGuard.Tests.Challenges;

public sealed class OneTimeCodeTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_780_000_000);
    private static readonly OneTimeCode Codes = new("12345678901234567890123456789012"u8, CodeAlgorithm.Sha256);

    [Fact]
    public void At_SharedCases_AreTheirCodes()
    {
        foreach (var test in JsonElement.Parse(File.ReadAllText(Shared.File("vectors/otp.json"))).EnumerateArray())
        {
            var secret = Convert.FromHexString(test.GetProperty("secretHex").GetString()!);
            var step = test.GetProperty("stepSeconds");
            var codes = new OneTimeCode(secret, Enum.Parse<CodeAlgorithm>(test.GetProperty("algorithm").GetString()!, ignoreCase: true),
                test.GetProperty("digits").GetInt32(), step.ValueKind == JsonValueKind.Null ? 30 : step.GetInt32());
            var (counter, code, id) = (test.GetProperty("counter").GetInt64(), test.GetProperty("code").GetString()!, test.GetProperty("id").GetString());
            Assert.Equal((id, code), (id, codes.At(counter)));
            Assert.Equal(test.GetProperty("secretBase32").GetString(), Base32.Write(secret));
            Assert.True(Base32.TryRead(test.GetProperty("secretBase32").GetString()!, out var read) && read.AsSpan().SequenceEqual(secret), id);
            if (test.GetProperty("kind").GetString() == "totp")
                Assert.Equal(counter, codes.Match(code, DateTimeOffset.FromUnixTimeSeconds(test.GetProperty("unixTime").GetInt64()), lastStep: null));
        }
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(-2, false)]
    [InlineData(2, false)]
    public void Match_StepsAround_AreOneEarlierToOneLater(int steps, bool matches)
    {
        var step = Codes.StepAt(Now) + steps;
        Assert.Equal(matches ? step : null, Codes.Match(Codes.At(step), Now, lastStep: null));
    }

    [Fact]
    public void Match_UsedOrOlderStep_IsRefused()
    {
        var step = Codes.StepAt(Now);
        Assert.Null(Codes.Match(Codes.At(step), Now, lastStep: step));
        Assert.Null(Codes.Match(Codes.At(step - 1), Now, lastStep: step));
        Assert.Equal(step + 1, Codes.Match(Codes.At(step + 1), Now, lastStep: step));
    }

    [Theory]
    [InlineData("{0} ")]
    [InlineData(" {0}")]
    [InlineData("+{0}")]
    [InlineData("0{0}")]
    [InlineData("")]
    [InlineData("１２３４５６")]
    [InlineData("12345a")]
    [InlineData("-12345")]
    public void Match_AnythingButTheDigits_IsRefused(string pattern) =>
        Assert.Null(Codes.Match(pattern.Replace("{0}", Codes.At(Codes.StepAt(Now)), StringComparison.Ordinal), Now, lastStep: null));

    [Theory]
    [InlineData(15, 6)]
    [InlineData(141, 6)]
    [InlineData(32, 7)]
    public void New_SecretOrDigitsOutOfRange_IsRefused(int secretBytes, int digits) =>
        Assert.ThrowsAny<ArgumentException>(() => new OneTimeCode(new byte[secretBytes], digits: digits));

    [Theory]
    [InlineData("a")]
    [InlineData("AA======")]
    [InlineData("AB")]
    [InlineData("A A")]
    [InlineData("A1")]
    [InlineData("AAA")]
    public void Base32_OtherSpelling_IsRefused(string text) => Assert.False(Base32.TryRead(text, out _));
}
