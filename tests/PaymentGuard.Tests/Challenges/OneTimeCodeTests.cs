using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Challenges;

namespace PaymentGuard.Tests.Challenges;

public sealed class OneTimeCodeTests
{
    private static readonly DateTimeOffset Noon = DateTimeOffset.Parse("2026-03-01T12:00:00+00:00");
    private static readonly OneTimeCode Totp = new("12345678901234567890"u8);
    private static readonly long Step = Totp.StepAt(Noon);

    [Fact]
    public void At_SharedCodes_AreTheSame() => Assert.All(JsonElement.Parse(File.ReadAllText(Shared.File("vectors/otp.json"))).EnumerateArray(), test =>
    {
        var (code, counter) = (test.GetProperty("code").GetString()!, test.GetProperty("counter").GetInt64());
        Assert.True(Base32.TryRead(test.GetProperty("secretBase32").GetString()!, out var secret));
        Assert.Equal(test.GetProperty("secretHex").GetString(), Convert.ToHexStringLower(secret));
        Assert.Equal(test.GetProperty("secretBase32").GetString(), Base32.Write(secret));
        var isTotp = test.GetProperty("kind").GetString() == "totp";
        var oneTime = new OneTimeCode(secret, Enum.Parse<CodeAlgorithm>(test.GetProperty("algorithm").GetString()!, ignoreCase: true),
            test.GetProperty("digits").GetInt32(), isTotp ? test.GetProperty("stepSeconds").GetInt32() : 30);
        Assert.Equal(code, oneTime.At(counter));
        if (!isTotp) return;
        var now = DateTimeOffset.FromUnixTimeSeconds(test.GetProperty("unixTime").GetInt64());
        Assert.Equal(counter, oneTime.StepAt(now));
        Assert.Equal(counter, oneTime.Match(code, now, lastStep: null));
    });

    [Theory]
    [InlineData(-2, false)]
    [InlineData(-1, true)]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Match_CodeOfANearbyStep_IsTakenOneStepAround(int away, bool isTaken) =>
        Assert.Equal(isTaken ? Step + away : null, Totp.Match(Totp.At(Step + away), Noon, lastStep: null));

    [Fact]
    public void Match_UsedOrOlderStep_IsRefused()
    {
        Assert.Null(Totp.Match(Totp.At(Step), Noon, lastStep: Step));
        Assert.Null(Totp.Match(Totp.At(Step - 1), Noon, lastStep: Step));
        Assert.Null(Totp.Match(Totp.At(Step), Noon, lastStep: Step + 1));
        Assert.Equal(Step + 1, Totp.Match(Totp.At(Step + 1), Noon, lastStep: Step));
    }

    /// <summary>Codes at random, early, late, again and invented: what is accepted has ever later steps.</summary>
    [Fact]
    public void Match_AnyOrderOfCodes_AcceptsEachStepOnceAndOnlyForward()
    {
        var tries = from second in Gen.Choose(0, 300) from away in Gen.Choose(-3, 3) select (second, away);
        FsCheck.Check.One(Config.QuickThrowOnFailure, Prop.ForAll(Gen.ListOf(tries, 30).ToArbitrary(), all =>
        {
            long? last = null;
            foreach (var (second, away) in all)
            {
                var (now, step) = (Noon.AddSeconds(second), Totp.StepAt(Noon.AddSeconds(second)) + away);
                var matched = Totp.Match(Totp.At(step), now, last);
                Assert.Equal(Math.Abs(away) <= 1 && !(step <= last) ? step : null, matched);
                last = matched ?? last;
            }
        }));
    }

    [Theory]
    [InlineData("{0} ")]
    [InlineData(" {0}")]
    [InlineData("+{0}")]
    [InlineData("0{0}")]
    [InlineData("{0}0")]
    [InlineData("{0}\0")]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("12345a")]
    [InlineData("-12345")]
    [InlineData("full-width")]
    [InlineData("arabic-indic")]
    public void Match_MoreOrLessThanTheDigits_IsRefused(string spelling)
    {
        var code = Totp.At(Step);
        var given = spelling switch
        {
            "full-width" => string.Concat(code.Select(digit => (char)(digit - '0' + '０'))),
            "arabic-indic" => string.Concat(code.Select(digit => (char)(digit - '0' + '٠'))),
            _ => string.Format(spelling, code),
        };
        Assert.Null(Totp.Match(given, Noon, lastStep: null));
    }

    [Fact]
    public void Match_InTheFirstStepOf1970_NeverTakesAStepBeforeIt()
    {
        var epoch = DateTimeOffset.UnixEpoch;
        Assert.Null(Totp.Match(Totp.At(-1), epoch, lastStep: null));
        Assert.Equal(0, Totp.Match(Totp.At(0), epoch, lastStep: null));
        Assert.Throws<ArgumentOutOfRangeException>(() => Totp.StepAt(epoch.AddSeconds(-1)));
    }

    [Theory]
    [InlineData(15, 6, 30)]
    [InlineData(141, 6, 30)]
    [InlineData(20, 7, 30)]
    [InlineData(20, 6, 0)]
    public void OneTimeCode_OutOfRange_IsRefused(int secretBytes, int digits, int stepSeconds) =>
        Assert.ThrowsAny<ArgumentException>(() => new OneTimeCode(new byte[secretBytes], CodeAlgorithm.Sha1, digits, stepSeconds));

    [Fact]
    public void ToString_HidesTheSecret() => Assert.Equal("OneTimeCode(hidden)", Totp.ToString());

    [Theory]
    [InlineData("", "")]
    [InlineData("66", "MY")]
    [InlineData("666f", "MZXQ")]
    [InlineData("666f6f", "MZXW6")]
    [InlineData("666f6f62", "MZXW6YQ")]
    [InlineData("666f6f6261", "MZXW6YTB")]
    [InlineData("666f6f626172", "MZXW6YTBOI")]
    public void Base32_VectorsOfRfc4648_AreWrittenAndRead(string hex, string text)
    {
        Assert.Equal(text, Base32.Write(Convert.FromHexString(hex)));
        Assert.True(Base32.TryRead(text, out var bytes));
        Assert.Equal(hex, Convert.ToHexStringLower(bytes));
    }

    [Theory]
    [InlineData("mzxw6")]
    [InlineData("MZXW6===")]
    [InlineData("MZXW 6")]
    [InlineData("MZXW1")]
    [InlineData("MZXW8")]
    [InlineData("M")]
    [InlineData("MZX")]
    [InlineData("MZXW6Y")]
    [InlineData("MZ")]
    [InlineData("ＭＹ")]
    public void Base32_AnotherSpelling_IsRefused(string text) => Assert.False(Base32.TryRead(text, out _));

    [Fact]
    public void Base32_AnyBytes_ComeBack() => FsCheck.Check.One(Config.QuickThrowOnFailure, Prop.ForAll<byte[]>(bytes =>
    {
        Assert.True(Base32.TryRead(Base32.Write(bytes), out var read));
        Assert.Equal(bytes, read);
    }));
}
