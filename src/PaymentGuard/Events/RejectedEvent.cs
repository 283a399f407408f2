using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using PaymentGuard.Assessments;

namespace PaymentGuard.Events;

/// <summary>
/// A message of <see cref="KafkaTopics.Rejected"/>: why a message was not taken, where it stands and, unless it held a card number or
/// was too large to be an event, its bytes, so that it can be sent again.
/// </summary>
/// <param name="Reason">One of <see cref="RejectionReason"/>.</param>
/// <param name="Errors">Where in the payload and what; no value of the payload.</param>
/// <param name="Payload">The original bytes; null when they are not kept.</param>
internal sealed record RejectedEvent(
    string Reason, IReadOnlyList<FieldError> Errors, string Topic, int Partition, long Offset, DateTimeOffset RejectedAt, byte[]? Payload)
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Only readable payloads are kept as text; others as <c>payloadBase64</c>.</summary>
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The errors in one line, for people.</summary>
    public string Detail => string.Join("; ", Errors.Select(error => error.Pointer.Length == 0 ? error.Detail : $"{error.Pointer} {error.Detail}"));

    /// <summary>Whether a payload of this refusal may be kept.</summary>
    public static bool MayKeepPayload(string reason) => reason is not (RejectionReason.CardNumber or RejectionReason.TooLarge);

    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Readable))
        {
            json.WriteStartObject();
            json.WriteString("reason", Reason);
            json.WriteString("detail", Detail);
            WriteErrors(json);
            json.WriteString("topic", Topic);
            json.WriteNumber("partition", Partition);
            json.WriteNumber("offset", Offset);
            json.WriteString("rejectedAt", RejectedAt);
            WritePayload(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Null when the bytes are no such envelope.</summary>
    public static RejectedEvent? FromJson(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8);
            var root = document.RootElement;
            var errors = root.GetProperty("errors").EnumerateArray()
                .Select(error => new FieldError(error.GetProperty("pointer").GetString()!, error.GetProperty("detail").GetString()!));
            return new RejectedEvent(root.GetProperty("reason").GetString()!, [.. errors], root.GetProperty("topic").GetString()!,
                root.GetProperty("partition").GetInt32(), root.GetProperty("offset").GetInt64(), root.GetProperty("rejectedAt").GetDateTimeOffset(),
                ReadPayload(root));
        }
        catch (Exception notOurs) when (notOurs is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private void WriteErrors(Utf8JsonWriter json)
    {
        json.WriteStartArray("errors");
        foreach (var error in Errors)
        {
            json.WriteStartObject();
            json.WriteString("pointer", error.Pointer);
            json.WriteString("detail", error.Detail);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private void WritePayload(Utf8JsonWriter json)
    {
        if (Payload is null) return;
        try { json.WriteString("payload", Utf8.GetString(Payload)); }
        catch (DecoderFallbackException) { json.WriteBase64String("payloadBase64", Payload); }
    }

    private static byte[]? ReadPayload(JsonElement root)
    {
        if (root.TryGetProperty("payload", out var text)) return Utf8.GetBytes(text.GetString()!);
        return root.TryGetProperty("payloadBase64", out var bytes) ? bytes.GetBytesFromBase64() : null;
    }
}
