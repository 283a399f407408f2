using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PaymentGuard.Assessments;

namespace PaymentGuard.Platform;

/// <summary>A kind of refusal: what the answer's body says wherever it occurs.</summary>
/// <param name="Code">Stable name; also the end of the problem's <c>type</c>.</param>
/// <param name="RetryAfterSeconds">When the same request may well succeed; null: not by itself.</param>
internal sealed record ProblemKind(int Status, string Code, string Title, int? RetryAfterSeconds = null)
{
    /// <summary>The problem's <c>type</c>, which never changes its meaning.</summary>
    public string Type => "urn:paymentguard:problem:" + Code;
}

/// <summary>Refusals as problem details (RFC 9457): the only bodies that a 4xx or 5xx of ours has.</summary>
internal static class Problems
{
    public const string ContentType = "application/problem+json";

    public static readonly ProblemKind BadRequest = new(400, "bad_request", "The request cannot be read");
    public static readonly ProblemKind InvalidJson = new(400, PaymentJson.InvalidJsonCode, "The body is not valid JSON");
    public static readonly ProblemKind InvalidField = new(400, PaymentJson.InvalidFieldCode, "A field is missing, unknown or wrong");
    public static readonly ProblemKind CardNumber = new(400, PaymentJson.CardNumberCode, "A card number must not be sent");
    public static readonly ProblemKind Unauthenticated = new(401, "unauthenticated", "A valid access token is required");
    public static readonly ProblemKind Forbidden = new(403, "forbidden", "The access token lacks the scope");
    public static readonly ProblemKind NotFound = new(404, "not_found", "There is nothing here");
    public static readonly ProblemKind MethodNotAllowed = new(405, "method_not_allowed", "This method is not offered here");
    public static readonly ProblemKind PaymentContentDiffers = new(409, "payment_content_differs", "The payment was sent before with other content");
    public static readonly ProblemKind ProofRequired = new(403, "proof_required", "A proof of a second factor is required");
    public static readonly ProblemKind ChallengeOpen = new(409, "challenge_open", "The payment's challenge can still be answered or was redeemed");
    public static readonly ProblemKind ChallengeDead = new(409, "challenge_dead", "The challenge is dead: open a new one");
    public static readonly ProblemKind PaymentChanged = new(409, "payment_changed", "This is not what was proved; the challenge is dead");
    public static readonly ProblemKind ProofRedeemed = new(409, "proof_redeemed", "The proof was redeemed before");
    public static readonly ProblemKind TooLarge = new(413, "too_large", "The body is larger than 64 KiB");
    public static readonly ProblemKind UnsupportedMediaType = new(415, "unsupported_media_type", "The body must be JSON");
    public static readonly ProblemKind ChallengeRefused = new(422, "challenge_refused", "The challenge was not passed");
    public static readonly ProblemKind TooManyCodes = new(429, "too_many_codes", "Too many codes were sent", RetryAfterSeconds: 300);
    public static readonly ProblemKind Overloaded = new(429, "overloaded", "Too many requests are in work", RetryAfterSeconds: 1);
    public static readonly ProblemKind Internal = new(500, "internal_error", "The request failed here");
    public static readonly ProblemKind DecisionPending = new(503, "decision_pending", "Another process is deciding this payment", RetryAfterSeconds: 1);
    public static readonly ProblemKind DeadlinePassed = new(503, "deadline_passed", "The decision was not ready in time", RetryAfterSeconds: 1);
    public static readonly ProblemKind Unavailable = new(503, "unavailable", "The service cannot answer now", RetryAfterSeconds: 2);

    private static readonly ProblemKind[] ByStatus =
        [BadRequest, Unauthenticated, Forbidden, NotFound, MethodNotAllowed, TooLarge, UnsupportedMediaType, Overloaded, Internal, Unavailable];

    public static ProblemKind OfCode(string code) => code switch
    {
        PaymentJson.CardNumberCode => CardNumber,
        PaymentJson.InvalidJsonCode => InvalidJson,
        _ => InvalidField,
    };

    /// <summary>The kind for a status that the framework chose.</summary>
    public static ProblemKind OfStatus(int status) =>
        Array.Find(ByStatus, kind => kind.Status == status)
        ?? new ProblemKind(status, string.Create(CultureInfo.InvariantCulture, $"http_{status}"), status < 500 ? "The request is refused" : "The request failed here");

    /// <summary>Answers with the problem.</summary>
    public static async Task Write(HttpContext context, ProblemKind kind, IReadOnlyList<FieldError>? errors = null)
    {
        var response = context.Response;
        response.StatusCode = kind.Status;
        response.ContentType = ContentType;
        if (kind.RetryAfterSeconds is { } seconds) response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        await using var writer = new Utf8JsonWriter(response.BodyWriter);
        WriteBody(writer, kind, errors, Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier);
    }

    private static void WriteBody(Utf8JsonWriter writer, ProblemKind kind, IReadOnlyList<FieldError>? errors, string traceId)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, kind.Type);
        writer.WriteString("title"u8, kind.Title);
        writer.WriteNumber("status"u8, kind.Status);
        writer.WriteString("code"u8, kind.Code);
        if (errors is { Count: > 0 }) WriteErrors(writer, errors);
        writer.WriteString("traceId"u8, traceId);
        writer.WriteEndObject();
    }

    private static void WriteErrors(Utf8JsonWriter writer, IReadOnlyList<FieldError> errors)
    {
        writer.WriteStartArray("errors"u8);
        foreach (var error in errors)
        {
            writer.WriteStartObject();
            writer.WriteString("pointer"u8, error.Pointer);
            writer.WriteString("detail"u8, error.Detail);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
