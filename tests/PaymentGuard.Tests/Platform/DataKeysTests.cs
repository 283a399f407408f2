using System.Security.Cryptography;
using PaymentGuard.Platform;

namespace PaymentGuard.Tests.Platform;

public sealed class DataKeysTests
{
    private const string Place = "assessments.request:1";
    private static readonly string First = DataKeys.NewLine("k1"), Second = DataKeys.NewLine("k2");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10_000)]
    public void Decrypt_WhatWasEncrypted_IsTheSame(int length)
    {
        var keys = DataKeys.Parse(First);
        var plain = RandomNumberGenerator.GetBytes(length);
        var frame = keys.Encrypt(plain, Place);
        Assert.Equal(plain.Length + keys.Overhead, frame.Length);
        Assert.Equal(plain, keys.Decrypt(frame, Place));
        Assert.Equal(plain, DataKeys.Parse(First).Decrypt(frame, Place));
    }

    [Theory]
    [InlineData("assessments.request:2")]
    [InlineData("assessments.answer:1")]
    [InlineData("")]
    public void Decrypt_ElsewhereThanItsPlace_IsRefused(string place)
    {
        var keys = DataKeys.Parse(First);
        var frame = keys.Encrypt("a@example.com"u8, Place);
        Assert.ThrowsAny<CryptographicException>(() => keys.Decrypt(frame, place));
    }

    [Fact]
    public void Decrypt_AnyBitChangedOrTailCut_IsRefused()
    {
        var keys = DataKeys.Parse(First);
        var frame = keys.Encrypt("a@example.com"u8, Place);
        for (var bit = 0; bit < frame.Length * 8; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.ThrowsAny<CryptographicException>(() => keys.Decrypt(frame, Place));
            frame[bit / 8] ^= (byte)(1 << bit % 8);
        }
        for (var length = 0; length < frame.Length; length++) Assert.ThrowsAny<CryptographicException>(() => keys.Decrypt(frame.AsSpan(0, length), Place));
    }

    [Fact]
    public void Encrypt_AfterRotation_UsesTheNewestAndReadsTheOld()
    {
        var (before, after, only) = (DataKeys.Parse(First), DataKeys.Parse(First + "# newer\n" + Second), DataKeys.Parse(Second));
        var old = before.Encrypt("x"u8, Place);
        Assert.Equal("x"u8.ToArray(), after.Decrypt(old, Place));
        Assert.Equal("x"u8.ToArray(), only.Decrypt(after.Encrypt("x"u8, Place), Place));
        Assert.ThrowsAny<CryptographicException>(() => only.Decrypt(old, Place));
        Assert.Equal(before.Derive("velocity"), after.Derive("velocity"));
        Assert.NotEqual(before.Derive("velocity"), before.Derive("claims"));
    }

    [Fact]
    public void Encrypt_ManyTimesInParallel_NeverRepeatsANonceUnderAKey()
    {
        var keys = DataKeys.Parse(First);
        var frames = new byte[50_000][];
        Parallel.For(0, frames.Length, item => frames[item] = keys.Encrypt("same"u8, Place));
        // Version, key id and its length; then salt, which names the key, and nonce.
        Assert.Equal(frames.Length, frames.Select(frame => Convert.ToHexString(frame, 4, 28)).Distinct().Count());
        Parallel.For(0, 1_000, item => Assert.Equal("same"u8.ToArray(), keys.Decrypt(frames[item * 50], Place)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("k1")]
    [InlineData(":AAAA")]
    [InlineData("k1:AAAA")]
    [InlineData("k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("k1:not base64")]
    public void Parse_NoProperKey_IsRefused(string text) =>
        Assert.StartsWith("PAYMENTGUARD_KEYS", Assert.Throws<SettingException>(() => DataKeys.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Parse_OneIdTwice_IsRefused() => Assert.Throws<SettingException>(() => DataKeys.Parse(First + DataKeys.NewLine("k1")));

    [Fact]
    public void Load_FileThatOthersMayRead_IsRefused()
    {
        if (OperatingSystem.IsWindows()) return;
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, First);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            DataKeys.Load(path);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
            Assert.Throws<SettingException>(() => DataKeys.Load(path));
        }
        finally { File.Delete(path); }
    }
}
