using PaymentGuard.Challenges;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Notifications;
using PaymentGuard.Notifications.Texts;
using PaymentGuard.Platform;

namespace PaymentGuard.Tests.Notifications;

public sealed class NotificationTextsTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 10, 0, 30, TimeSpan.Zero);
    private static readonly NotMeTokens Tokens = new(DataKeys.Parse(DataKeys.NewLine("k1")), TimeProvider.System);
    private static readonly NotificationTexts Texts = new(Tokens, new AccountPage("https://shop.example/safe", true));

    private static readonly Dictionary<string, string> Payment = new() { ["code"] = "492817", ["amountMinor"] = "125000", ["currency"] = "CNY", ["payee"] = "m_5" };

    public static TheoryData<string> Kinds => [.. NotificationKinds.All];

    public static TheoryData<string> Actions => [.. AccountActions.All];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Of_EveryKind_SpeaksBothLanguagesWithLinkAndNothingLeftOpen(string kind)
    {
        var facts = new Dictionary<string, string>(Payment) { ["factor"] = "passkey" };
        var message = Message(kind);
        var (zh, en) = (Texts.Of(message, With(facts, "language", "zh")), Texts.Of(message, With(facts, "language", "en")));
        var both = Texts.Of(message, facts);
        Assert.Equal($"{zh.Text}\n\n{en.Text}", both.Text);
        Assert.Equal($"{zh.Subject} / {en.Subject}", both.Subject);
        Assert.True(IsChinese(zh.Text) && IsChinese(zh.Subject) && !IsChinese(en.Text) && !IsChinese(en.Subject));
        foreach (var text in (string[])[zh.Text, en.Text, zh.Subject, en.Subject])
        {
            Assert.DoesNotContain('{', text);
            Assert.DoesNotContain('\n', text);
        }
        Assert.Equal($"https://shop.example/safe?notification={Tokens.Of(message.NotificationId)}", zh.Link);
        Assert.EndsWith(zh.Link, zh.Text, StringComparison.Ordinal);
        Assert.EndsWith(en.Link, en.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_Code_NamesAmountPayeeAndWarnsButNotInTheSubject()
    {
        var text = Texts.Of(Message(NotificationKinds.Code), Payment);
        Assert.Contains("验证码 492817，用于向商户 m_5 支付 1,250.00 CNY，5 分钟内有效。请勿告诉任何人", text.Text, StringComparison.Ordinal);
        Assert.Contains("Code 492817 for a payment of 1,250.00 CNY to m_5, valid for 5 minutes. Never give it to anybody", text.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("492817", text.Subject, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_CodeForPaymentWithoutPayee_NamesTheAmountAlone() => Assert.Contains(
        "for a payment of 1,250.00 CNY, valid", Texts.Of(Message(NotificationKinds.Code), With(Payment, "payee", "")).Text, StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Actions))]
    public void Of_CodeForAct_NamesTheAct(string action)
    {
        var text = Texts.Of(Message(NotificationKinds.Code), new Dictionary<string, string> { ["code"] = "492817", ["action"] = action, ["language"] = "en" }).Text;
        Assert.Matches("^Code 492817 for [a-z].* (account|codes|payees|you).*, valid", text);
    }

    [Fact]
    public void Of_FactMissing_IsNotWritten() =>
        Assert.Throws<InvalidDataException>(() => Texts.Of(Message(NotificationKinds.Code), new Dictionary<string, string> { ["code"] = "1" }));

    [Fact]
    public void Of_PayeeThatLooksLikeAMessage_StaysOneName()
    {
        var text = Texts.Of(Message(NotificationKinds.Code), With(With(Payment, "payee", "m {code}\r\n\u2028Bank"), "language", "en")).Text;
        Assert.Contains("to m {code}   Bank, valid", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1050, "JPY", "1,050 JPY")]
    [InlineData(1050, "EUR", "10.50 EUR")]
    [InlineData(1050, "KWD", "1.050 KWD")]
    [InlineData(1050, "CLF", "0.1050 CLF")]
    [InlineData(0, "EUR", "0.00 EUR")]
    [InlineData(1_000_000_000_000, "EUR", "10,000,000,000.00 EUR")]
    public void AmountText_Currency_HasItsDecimals(long minor, string currency, string text) =>
        Assert.Equal(text, NotificationTexts.AmountText(new Money(minor, currency)));

    [Fact]
    public void Files_KindsAndActions_AreExactlyThoseOfTheCode()
    {
        var words = TextFiles.Read<NotificationWords>("notifications.yaml");
        Assert.Equal(NotificationKinds.All.Order(), words.Kinds.Keys.Order());
        Assert.Equal(AccountActions.All.Order(), words.Actions.Keys.Order());
        foreach (var factor in (string[])[Methods.Passkey, Methods.Totp, Methods.Email, Methods.Sms, Methods.RecoveryCode]) Assert.Contains(factor, words.Factors.Keys);
    }

    [Theory]
    [InlineData("http://shop.example/safe")]
    [InlineData("https://shop.example/safe#top")]
    [InlineData("shop.example")]
    public void AccountPage_NoHttpsUrl_IsRefused(string url) => Assert.Throws<SettingException>(() => AccountPage.Read(new Settings(_ => url)));

    [Fact]
    public void AccountPage_WithQuery_KeepsIt() =>
        Assert.Equal("https://shop.example/?tab=security&notification=x", AccountPage.Read(new Settings(_ => "https://shop.example/?tab=security")).LinkFor("x"));

    private static ClaimedMessage Message(string kind) => new(Guid.NewGuid(), Guid.NewGuid(), "a_7", kind, Channels.Email, [], 1, At, At.AddMinutes(5));

    private static Dictionary<string, string> With(Dictionary<string, string> facts, string name, string value) => new(facts) { [name] = value };

    private static bool IsChinese(string text) => text.Any(letter => letter is >= '\u4e00' and <= '\u9fff');
}
