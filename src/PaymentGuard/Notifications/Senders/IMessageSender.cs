using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PaymentGuard.Notifications.Senders;

/// <summary>Brings messages to a receiver. Used by many sends at a time.</summary>
internal interface IMessageSender
{
    /// <summary>Whether it can deliver what goes this way, one of <see cref="Channels"/>.</summary>
    bool Takes(string channel);

    /// <summary>Returns when the receiver has the message; throws when it may not have it.</summary>
    Task Send(OutgoingMessage message, CancellationToken ct);
}

/// <summary>A failure that may be told in a log: its description names no address and repeats nothing that a receiver said.</summary>
internal interface IDescribedFailure
{
    string Description { get; }
}

/// <summary>A message as it is delivered.</summary>
/// <param name="Id">The same at each attempt, so that a receiver can tell a repeat.</param>
/// <param name="NotificationId">The same for all messages that tell of one thing.</param>
/// <param name="Address">Null on <see cref="Channels.Account"/>.</param>
/// <param name="Link">"It was not me"; the text has it as well.</param>
internal sealed record OutgoingMessage(
    Guid Id, Guid NotificationId, string AccountId, string Kind, string Channel, string? Address, string Subject, string Text, string Link, DateTimeOffset CreatedAt)
{
    public override string ToString() => $"{Kind} by {Channel}";

    /// <summary>As JSON on one line, in UTF-8: what webhooks and files get.</summary>
    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(1_024);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("id"u8, Id);
            json.WriteString("notificationId"u8, NotificationId);
            json.WriteString("accountId"u8, AccountId);
            json.WriteString("kind"u8, Kind);
            json.WriteString("channel"u8, Channel);
            if (Address is not null) json.WriteString("address"u8, Address);
            json.WriteString("subject"u8, Subject);
            json.WriteString("text"u8, Text);
            json.WriteString("notMeLink"u8, Link);
            json.WriteString("createdAt"u8, CreatedAt.UtcDateTime);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
