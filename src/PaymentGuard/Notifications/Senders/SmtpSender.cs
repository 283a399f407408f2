using System.Globalization;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using PaymentGuard.Platform;

namespace PaymentGuard.Notifications.Senders;

/// <summary>The mail server refused something; a code of 4xx may pass later (RFC 5321 4.2.1).</summary>
internal sealed class MailRefusedException(SmtpCommandException refused) : Exception("The mail server refused.", refused), IDescribedFailure
{
    public string Description => string.Create(CultureInfo.InvariantCulture, $"{refused.ErrorCode} {(int)refused.StatusCode}");
}

/// <summary>Sends mail through a server that is given as <c>smtp(s)://user:password@host:port?from=address</c>.</summary>
internal sealed class SmtpSender : IMessageSender
{
    private readonly string host;
    private readonly int port;
    private readonly SecureSocketOptions security;
    private readonly (string Name, string Password)? user;
    private readonly MailboxAddress from;

    /// <summary>Throws <see cref="SettingException"/> when the URI lacks something.</summary>
    public SmtpSender(Uri server)
    {
        var isTls = server.Scheme == "smtps";
        host = server.IdnHost;
        port = server.Port > 0 ? server.Port : isTls ? 465 : 587;
        var userInfo = server.UserInfo.Split(':', 2);
        if (server.UserInfo.Length > 0) user = (Uri.UnescapeDataString(userInfo[0]), Uri.UnescapeDataString(userInfo[^1]));
        if (host.Length == 0 || userInfo.Length == 1 && user is not null) throw Bad("must read smtp(s)://user:password@host:port?from=address");
        from = server.Query.Split('?', '&').FirstOrDefault(option => option.StartsWith("from=", StringComparison.Ordinal)) is { } option
            && MailboxAddress.TryParse(Uri.UnescapeDataString(option["from=".Length..]), out var sender) ? sender : throw Bad("needs ?from= and an address");
        // A password must not go in clear because somebody on the way hides that the server offers TLS.
        security = isTls ? SecureSocketOptions.SslOnConnect
            : user is not null && !server.IsLoopback ? SecureSocketOptions.StartTls
            : SecureSocketOptions.StartTlsWhenAvailable;
    }

    public bool Takes(string channel) => channel == Channels.Email;

    public async Task Send(OutgoingMessage message, CancellationToken ct)
    {
        using var mail = Compose(message);
        // Without a look at revocation lists, as with webhooks: mail must not hang on whether they can be reached.
        using var client = new SmtpClient { CheckCertificateRevocation = false };
        try
        {
            await client.ConnectAsync(host, port, security, ct);
            if (user is { } known) await client.AuthenticateAsync(known.Name, known.Password, ct);
            await client.SendAsync(mail, ct);
        }
        catch (SmtpCommandException refused) { throw new MailRefusedException(refused); }
        await Quit(client, ct);
    }

    private MimeMessage Compose(OutgoingMessage message) => new([from], [MailboxAddress.Parse(message.Address!)], message.Subject, new TextPart("plain") { Text = message.Text })
    {
        Date = message.CreatedAt,
        MessageId = $"{message.Id:N}@{from.Domain}",
        Headers = { { "Auto-Submitted", "auto-generated" } },      // no out-of-office answers (RFC 3834)
    };

    /// <summary>The server has the mail already: whatever goes wrong with the farewell does not matter.</summary>
    private static async Task Quit(SmtpClient client, CancellationToken ct)
    {
        try { await client.DisconnectAsync(true, ct); }
        catch (Exception) { }
    }

    private static SettingException Bad(string reason) => new($"PAYMENTGUARD_SENDER: the mail server {reason}.");
}
