using System.Text.Json;
using System.Text.Json.Serialization;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Assessments;

/// <summary>How an attempt is read and written: nothing unknown, nothing twice, no number as text, no null where a value is required.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16,
    Converters = [typeof(WholeNumberConverter), typeof(MillisecondsConverter), typeof(InternetTimeConverter)])]
[JsonSerializable(typeof(PaymentAttempt))]
internal sealed partial class PaymentJsonContext : JsonSerializerContext;

/// <summary>Reads a whole number however JSON spells it (1000, 1000.0, 1e3).</summary>
internal sealed class WholeNumberConverter : JsonConverter<long>
{
    // A decimal keeps 28 digits; a longer number could be rounded to a whole one.
    private const int SpellingLengthMax = 28;

    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TryRead(ref reader, out var value) ? value : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    public static bool TryRead(ref Utf8JsonReader reader, out long value)
    {
        value = 0;
        if (reader.TokenType != JsonTokenType.Number) return false;
        if (reader.TryGetInt64(out value)) return true;
        if (reader.ValueSpan.Length > SpellingLengthMax || !reader.TryGetDecimal(out var number)) return false;
        if (number != decimal.Truncate(number) || number is < long.MinValue or > long.MaxValue) return false;
        value = (long)number;
        return true;
    }
}

/// <summary>As <see cref="WholeNumberConverter"/>, for the deadline.</summary>
internal sealed class MillisecondsConverter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        WholeNumberConverter.TryRead(ref reader, out var value) ? (int)Math.Clamp(value, int.MinValue, int.MaxValue) : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <summary>Reads a time of RFC 3339: date, time and offset are all required, so that no server's zone is ever guessed.</summary>
internal sealed class InternetTimeConverter : JsonConverter<DateTimeOffset>
{
    private const int EscapedLengthMax = 256;   // of every character six

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TryRead(ref reader, out var value) ? value : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.UtcDateTime);

    public static bool TryRead(ref Utf8JsonReader reader, out DateTimeOffset value)
    {
        value = default;
        if (reader.TokenType != JsonTokenType.String || reader.HasValueSequence) return false;
        return (reader.ValueIsEscaped ? HasTimeAndOffsetEscaped(ref reader) : HasTimeAndOffset(reader.ValueSpan)) && reader.TryGetDateTimeOffset(out value);
    }

    /// <summary>Many callers' libraries write the + of an offset as \u002B.</summary>
    private static bool HasTimeAndOffsetEscaped(ref Utf8JsonReader reader)
    {
        Span<byte> text = stackalloc byte[EscapedLengthMax];
        if (reader.ValueSpan.Length > text.Length) return false;
        try { return HasTimeAndOffset(text[..reader.CopyString(text)]); }
        catch (InvalidOperationException) { return false; }     // half a surrogate pair
    }

    private static bool HasTimeAndOffset(ReadOnlySpan<byte> text) =>
        text.Length >= "2026-11-21T10:00:00Z".Length && text[10] == 'T' && text[16] == ':'
        && (text[^1] == 'Z' || text[^6] is (byte)'+' or (byte)'-' && text[^3] == ':');
}
