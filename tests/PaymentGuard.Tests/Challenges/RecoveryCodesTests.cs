using FsCheck;
using FsCheck.Fluent;
using PaymentGuard.Domain.Challenges;

namespace PaymentGuard.Tests.Challenges;

public sealed class RecoveryCodesTests
{
    [Fact]
    public void Make_AThousand_AreDistinctAndWithoutLookalikes()
    {
        var codes = Enumerable.Range(0, 1_000).Select(_ => RecoveryCodes.Make()).ToList();
        Assert.Equal(codes.Count, codes.Distinct(StringComparer.Ordinal).Count());
        Assert.All(codes, code => Assert.Matches("^([A-HJKMNP-Z2-9]{4}-){5}[A-HJKMNP-Z2-9]{4}$", code));
        // 24 letters of 31: at least 112 bits, from which a keyed hash is enough.
        Assert.Equal(31, codes.SelectMany(code => code).Where(letter => letter != '-').Distinct().Count());
        Assert.True(24 * Math.Log2(31) >= 112);
    }

    /// <summary>However a buyer types it.</summary>
    [Fact]
    public void TryRead_AnyCaseAndHyphens_IsTheSameCode()
    {
        var typed = from capitals in Gen.ListOf(Gen.Choose(0, 1), 24) from hyphens in Gen.ListOf(Gen.Choose(0, 1), 24) select (capitals, hyphens);
        FsCheck.Check.One(Config.QuickThrowOnFailure, Prop.ForAll(typed.ToArbitrary(), how =>
        {
            var code = RecoveryCodes.Make().Replace("-", "", StringComparison.Ordinal);
            var spelled = code.Select((letter, at) => (how.capitals[at] == 1 ? letter : char.ToLowerInvariant(letter)) + (how.hyphens[at] == 1 ? "-" : ""));
            return RecoveryCodes.TryRead(string.Concat(spelled), out var read) && read == code;
        }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("------------------------")]
    [InlineData("AAAA-AAAA-AAAA-AAAA-AAAA-AAA")]
    [InlineData("AAAA-AAAA-AAAA-AAAA-AAAA-AAAAA")]
    [InlineData("AAAA-AAAA-AAAA-AAAA-AAAA-AAA0")]
    [InlineData("AAAA-AAAA-AAAA-AAAA-AAAA-AAAI")]
    [InlineData("AAAA-AAAA-AAAA-AAAA-AAAA-AAAl")]
    [InlineData("AAAA AAAA AAAA AAAA AAAA AAAA")]
    [InlineData("AAAA-AAAA-AAAA-AAAA-AAAA-AAAA ")]
    [InlineData("ＡAAA-AAAA-AAAA-AAAA-AAAA-AAAA")]
    [InlineData("AAAA-AAAA-AAAA-AAAA-AAAA-AAA\0")]
    public void TryRead_AnythingElse_IsNoCode(string text) => Assert.False(RecoveryCodes.TryRead(text, out _));

    [Fact]
    public void TryRead_AnyText_NeverThrowsAndGivesOnlyCodes() => FsCheck.Check.One(Config.QuickThrowOnFailure, Prop.ForAll<NonNull<string>>(text =>
        !RecoveryCodes.TryRead(text.Get, out var code) || code.Length == 24));
}
