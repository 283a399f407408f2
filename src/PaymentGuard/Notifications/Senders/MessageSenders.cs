using System.Text;
using PaymentGuard.Platform;

namespace PaymentGuard.Notifications.Senders;

/// <summary>
/// Which sender takes which way. The setting has one or several, separated by semicolons: <c>file:PATH</c>, <c>console</c>, <c>smtp(s)://…</c>, <c>http(s)://…</c>;
/// one with <c>email=</c>, <c>sms=</c> or <c>account=</c> before it takes that way only, one without takes all ways that it can and that no other is named for.
/// </summary>
internal sealed class MessageSenders
{
    private const int SecretLengthMin = 32;

    private readonly Dictionary<string, IMessageSender> byChannel = [];

    /// <summary>The ways that are served; messages for others wait until they expire.</summary>
    public IReadOnlyCollection<string> Channels => byChannel.Keys;

    public IMessageSender Of(string channel) => byChannel[channel];

    /// <summary>Throws <see cref="SettingException"/>, which repeats nothing of the setting: a password may be in it.</summary>
    public static MessageSenders Read(Settings settings, TimeProvider clock)
    {
        var senders = new MessageSenders();
        var general = new List<IMessageSender>();
        var entries = (settings.Sender ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var entry in entries)
        {
            var channel = Notifications.Channels.All.FirstOrDefault(channel => entry.StartsWith(channel + "=", StringComparison.Ordinal));
            var sender = Create(channel is null ? entry : entry[(channel.Length + 1)..], settings, clock);
            if (channel is null) general.Add(sender);
            else senders.Add(channel, sender);
        }
        foreach (var channel in Notifications.Channels.All.Except(senders.Channels).ToList())
            foreach (var sender in general.Where(sender => sender.Takes(channel))) senders.Add(channel, sender);
        return senders;
    }

    private void Add(string channel, IMessageSender sender)
    {
        if (!sender.Takes(channel)) throw Bad($"the one for {channel} cannot deliver it");
        if (!byChannel.TryAdd(channel, sender)) throw Bad($"two would deliver {channel}, and one has to");
    }

    private static IMessageSender Create(string target, Settings settings, TimeProvider clock)
    {
        if (target == "console") return new ConsoleSender();
        if (target.StartsWith("file:", StringComparison.Ordinal)) return File(target["file:".Length..], clock);
        if (!Uri.TryCreate(target, UriKind.Absolute, out var uri)) throw Unknown();
        return uri.Scheme switch
        {
            "smtp" or "smtps" => new SmtpSender(uri),
            "http" or "https" => Webhook(uri, settings, clock),
            _ => throw Unknown(),
        };
    }

    private static FileSender File(string path, TimeProvider clock)
    {
        if (path.StartsWith("//", StringComparison.Ordinal)) path = path[2..];
        if (path.Length == 0 || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path)))) throw Bad("the file's folder does not exist");
        return new FileSender(Path.GetFullPath(path), clock);
    }

    private static WebhookSender Webhook(Uri url, Settings settings, TimeProvider clock)
    {
        if (url.UserInfo.Length > 0) throw Bad("the webhook's URL must have no user in it; the signature says who we are");
        if (settings.SenderSecret is not { Length: >= SecretLengthMin } secret)
            throw new SettingException($"PAYMENTGUARD_SENDER_SECRET must have at least {SecretLengthMin} characters: webhooks are signed with it.");
        return new WebhookSender(url, Encoding.UTF8.GetBytes(secret), clock);
    }

    private static SettingException Unknown() => Bad("each must be file:PATH, console, smtp(s)://… or http(s)://…, with email=, sms= or account= before it or not");

    private static SettingException Bad(string reason) => new($"PAYMENTGUARD_SENDER cannot be used: {reason}.");
}
