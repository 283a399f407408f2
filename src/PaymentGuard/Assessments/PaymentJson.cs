using System.Text.Json;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Platform;

namespace PaymentGuard.Assessments;

/// <summary>What is wrong with one value of a request.</summary>
/// <param name="Pointer">JSON Pointer (RFC 6901) to it; empty: the whole document.</param>
/// <param name="Detail">What is expected there. Never holds the value.</param>
internal sealed record FieldError(string Pointer, string Detail);

/// <summary>Reads a payment attempt from JSON, strictly, and writes it.</summary>
internal static class PaymentJson
{
    public const string CardNumberCode = "card_number", InvalidJsonCode = "invalid_json", InvalidFieldCode = "invalid_field";

    /// <summary>Longest attempt in bytes, by HTTP as by Kafka.</summary>
    public const int BytesMax = 64 * 1024;

    private static readonly JsonErrors Refused = new(PaymentJsonContext.Default.PaymentAttempt, maySeemCardNumber: "/account/phone");

    /// <summary>Reads an attempt and checks every value. Any bytes may be given: nothing is thrown.</summary>
    /// <param name="now">The time that <c>occurredAt</c> may be at most 5 minutes ahead of.</param>
    /// <param name="errors">All that is wrong, empty when nothing is.</param>
    /// <param name="code"><see cref="CardNumberCode"/>, <see cref="InvalidJsonCode"/> (no JSON at all) or <see cref="InvalidFieldCode"/>; empty when nothing is wrong.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> utf8, DateTimeOffset now, out PaymentAttempt? attempt, out IReadOnlyList<FieldError> errors, out string code)
    {
        try { attempt = JsonSerializer.Deserialize(utf8, PaymentJsonContext.Default.PaymentAttempt); }
        // A lone surrogate is reported as an InvalidOperationException where a property's name holds it.
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException) { attempt = null; }
        if (attempt is null)
        {
            errors = Refused.Find(utf8, out code);
            return false;
        }
        if (AttemptChecks.FirstCardNumber(attempt) is { } pointer)
        {
            (attempt, errors, code) = (null, [CardNumberError(pointer)], CardNumberCode);
            return false;
        }
        errors = AttemptChecks.Errors(attempt, now);
        code = errors.Count == 0 ? "" : InvalidFieldCode;
        if (errors.Count > 0) attempt = null;
        return attempt is not null;
    }

    /// <summary>The attempt as JSON, as <see cref="TryRead"/> reads it.</summary>
    public static byte[] Write(PaymentAttempt attempt) => JsonSerializer.SerializeToUtf8Bytes(attempt, PaymentJsonContext.Default.PaymentAttempt);

    /// <summary>An attempt that was checked when it was stored.</summary>
    public static PaymentAttempt ReadStored(ReadOnlySpan<byte> utf8) =>
        JsonSerializer.Deserialize(utf8, PaymentJsonContext.Default.PaymentAttempt) ?? throw new JsonException("A stored request is null.");

    public static FieldError CardNumberError(string pointer) =>
        new(pointer, "holds what looks like a card number; send the vault's token instead");
}
