using PaymentGuard.Notifications;
using PaymentGuard.Notifications.Senders;
using PaymentGuard.Platform;

namespace PaymentGuard.Tests.Notifications;

public sealed class MessageSendersTests
{
    private const string Mail = "smtp://user:s3cret@mail.example:2525?from=shop%40shop.example", Hook = "https://gateway.example/messages", Secret = "0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("", "")]
    [InlineData("console", "account=ConsoleSender email=ConsoleSender sms=ConsoleSender")]
    [InlineData("file:/tmp/messages.jsonl", "account=FileSender email=FileSender sms=FileSender")]
    [InlineData(Mail, "email=SmtpSender")]
    [InlineData("smtps://mail.example?from=a@b.example", "email=SmtpSender")]
    [InlineData(Hook, "account=WebhookSender email=WebhookSender sms=WebhookSender")]
    [InlineData($"email={Mail}; {Hook}", "account=WebhookSender email=SmtpSender sms=WebhookSender")]
    [InlineData($"email={Mail};sms={Hook};account=file:/tmp/m", "account=FileSender email=SmtpSender sms=WebhookSender")]
    public void Read_Setting_GivesEachWayItsSender(string setting, string expected)
    {
        var senders = Read(setting);
        Assert.Equal(expected, string.Join(' ', senders.Channels.Order().Select(channel => $"{channel}={senders.Of(channel).GetType().Name}")));
    }

    [Theory]
    [InlineData("sms=" + Mail)]
    [InlineData("account=" + Mail)]
    [InlineData("console;" + Mail)]
    [InlineData($"email={Mail};email={Hook}")]
    [InlineData("mail=" + Mail)]
    [InlineData("messages.jsonl")]
    [InlineData("file:")]
    [InlineData("file:/no/such/folder/messages.jsonl")]
    [InlineData("ftp://user:s3cret@mail.example")]
    [InlineData("smtp://user:s3cret@mail.example")]
    [InlineData("smtp://user:s3cret@mail.example?from=nobody@")]
    [InlineData("smtp://user@mail.example?from=a@b.example")]
    [InlineData("https://user:s3cret@gateway.example/")]
    public void Read_SettingThatCannotBeUsed_IsRefusedWithoutTellingIt(string setting)
    {
        var problem = Assert.Throws<SettingException>(() => Read(setting));
        Assert.StartsWith("PAYMENTGUARD_SENDER", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tooshort")]
    public void Read_WebhookWithoutSecret_IsRefused(string secret) => Assert.Contains(
        "PAYMENTGUARD_SENDER_SECRET", Assert.Throws<SettingException>(() => Read(Hook, secret)).Message, StringComparison.Ordinal);

    [Fact]
    public void Pause_Attempts_DoublesToAnHour()
    {
        int[] attempts = [1, 2, 3, 4, 12, 13, 14, 1_000_000];
        Assert.Equal([1, 2, 4, 8, 2048, 3600, 3600, 3600], attempts.Select(attempt => (int)SendNotifications.Pause(attempt).TotalSeconds));
    }

    private static MessageSenders Read(string sender, string secret = Secret) => MessageSenders.Read(
        new Settings(name => name switch { "PAYMENTGUARD_SENDER" => sender, "PAYMENTGUARD_SENDER_SECRET" => secret, _ => null }), TimeProvider.System);
}
