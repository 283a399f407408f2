using System.Security.Cryptography;
using System.Text;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Events;

/// <summary>A CloudEvent about a payment or an account, as parsed.</summary>
/// <param name="Source">Who says it: with <paramref name="Id"/> the event's identity. 1 to 256 characters, as the id.</param>
/// <param name="Time">When it happened, to the microsecond; at most 5 minutes ahead. Attempts go by <c>payment.occurredAt</c> instead.</param>
/// <param name="Data">What the event tells. Of outcomes only the payment's id is certain, of account events only the account's id:
/// an amount that was not told has no currency, an account or payment that was not told has an empty id.</param>
/// <param name="Json">The event as it came.</param>
internal sealed record PaymentEvent(string Source, string Id, EventType Type, DateTimeOffset Time, PaymentAttempt Data, ReadOnlyMemory<byte> Json)
{
    /// <summary>What tells the event from all others, attempts aside: those are the same by payment.</summary>
    public (string Source, string Id) Identity => (Source, Id);

    /// <summary>The key of its message; null without one. Kafka keeps the order of messages with one key, and so do we.</summary>
    public string? Key { get; init; }

    /// <summary>The payment's id; null for account events.</summary>
    public string? PaymentId => Type.Kind == EventKind.Activity ? null : Data.Payment.Id;

    /// <summary>The account's id; null for an outcome that does not tell it.</summary>
    public string? AccountId => Data.Account.Id is { Length: > 0 } id ? id : null;

    /// <summary>Whole milliseconds since 1970, the precision of velocity records.</summary>
    public long TimeMs => Time.ToUnixTimeMilliseconds();

    /// <summary>SHA-256 over type, time and data: equal for the same event sent again, however it is spelled.</summary>
    public byte[] ContentHash() => SHA256.HashData([.. Encoding.UTF8.GetBytes($"{Type.Name} {Time.UtcTicks} "), .. PaymentJson.Write(Data)]);

    public override string ToString() => $"{Type.Name} {Id}";
}

/// <summary>A message read as an event, or why it cannot be.</summary>
internal abstract record EventReading
{
    public sealed record Read(PaymentEvent Event) : EventReading;

    /// <param name="Reason">One of <see cref="RejectionReason"/>.</param>
    /// <param name="Errors">Where and what, with no value of the event in it; pointers start at the event.</param>
    public sealed record Refused(string Reason, IReadOnlyList<FieldError> Errors) : EventReading
    {
        public Refused(string reason, string pointer, string detail) : this(reason, [new FieldError(pointer, detail)]) { }
    }
}

/// <summary>Why an event was not taken: the <c>reason</c> in <see cref="KafkaTopics.Rejected"/>, the <c>code</c> in HTTP's problem details.</summary>
internal static class RejectionReason
{
    public const string
        InvalidJson = "invalid_json", InvalidField = "invalid_field", CardNumber = "card_number", UnknownType = "unknown_type",
        TooLarge = "too_large", EventContentDiffers = "event_content_differs", PaymentContentDiffers = "payment_content_differs",
        CannotBeStored = "cannot_be_stored";
}
