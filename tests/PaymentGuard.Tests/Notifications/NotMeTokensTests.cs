using PaymentGuard.Notifications;
using PaymentGuard.Platform;

namespace PaymentGuard.Tests.Notifications;

public sealed class NotMeTokensTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= \n\0é";

    private readonly NotMeTokens tokens = New();

    [Fact]
    public void TryRead_OwnToken_GivesTheNotification()
    {
        for (var turn = 0; turn < 100; turn++)
        {
            var id = Guid.CreateVersion7();
            Assert.True(tokens.TryRead(tokens.Of(id), out var read));
            Assert.Equal(id, read);
        }
    }

    [Fact]
    public void TryRead_AnyCharacterChanged_IsRefused()
    {
        var token = tokens.Of(Guid.NewGuid());
        for (var place = 0; place < token.Length; place++)
            foreach (var letter in Alphabet.Where(letter => letter != token[place]))
                Assert.False(tokens.TryRead($"{token[..place]}{letter}{token[(place + 1)..]}", out _));
    }

    [Fact]
    public void TryRead_OtherLengthOrKey_IsRefused()
    {
        var token = tokens.Of(Guid.NewGuid());
        foreach (var other in (string[])["", token[1..], token[..^1], token + "A", token + "=", " " + token, token + token, New().Of(Guid.NewGuid())])
            Assert.False(tokens.TryRead(other, out _));
    }

    [Fact]
    public void TryRead_IdOfOneWithTagOfAnother_IsRefused()
    {
        var (first, second) = (tokens.Of(Guid.NewGuid()), tokens.Of(Guid.NewGuid()));
        Assert.False(tokens.TryRead(first[..22] + second[22..], out _));
    }

    private static NotMeTokens New() => new(DataKeys.Parse(DataKeys.NewLine("k1")), TimeProvider.System);
}
