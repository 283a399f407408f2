using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using PaymentGuard.Assessments;
using PaymentGuard.Notifications;

namespace PaymentGuard.Challenges;

/// <summary>A challenge as callers read it.</summary>
internal static class ChallengeJson
{
    private const string IdPrefix = "chl_";

    /// <summary>A challenge's public id.</summary>
    public static string PublicId(Guid id) => $"{IdPrefix}{id:N}";

    /// <summary>The id that was spelled by <see cref="PublicId"/>.</summary>
    public static bool TryReadId(ReadOnlySpan<char> text, out Guid id)
    {
        id = default;
        return text.StartsWith(IdPrefix, StringComparison.Ordinal) && Guid.TryParseExact(text[IdPrefix.Length..], "N", out id);
    }

    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new InternetTimeConverter() },
    };

    public static Task WriteOpened(HttpContext context, OpenOutcome.Opened opened)
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        var challenge = opened.Challenge;
        var (payment, other) = (challenge.Act as Act.Payment, challenge.Act as Act.OfAccount);
        var show = payment is null ? null : new ChallengeTerms(payment.Amount, payment.Payee);
        return Write(context, new OpenedAnswer(PublicId(challenge.Id), opened.Methods, challenge.ExpiresAt, show, other?.Action, Notices.OfChallenge));
    }

    public static Task WriteState(HttpContext context, Challenge challenge)
    {
        var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        return Write(context, new ChallengeAnswerBody(
            PublicId(challenge.Id), challenge.AccountId, (challenge.Act as Act.Payment)?.PaymentId, (challenge.Act as Act.OfAccount)?.Action,
            Challenge.Name(challenge.StateAt(now)), challenge.Method, challenge.Sca, challenge.CreatedAt, challenge.ExpiresAt, challenge.AnsweredAt, challenge.RedeemedAt));
    }

    public static Task WriteProof(HttpContext context, AnswerOutcome.Accepted accepted, string proof)
    {
        var challenge = accepted.Challenge;
        return Write(context, new ProofAnswer(
            PublicId(challenge.Id), proof, challenge.Method!, challenge.Sca!.Value, challenge.ProofExpiresAt!.Value, accepted.RecoveryCodesLeft));
    }

    public static Task WriteSent(HttpContext context, SendOutcome.Sent sent)
    {
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return Write(context, new SentAnswer(sent.Method, sent.ExpiresAt));
    }

    public static Task WriteRedeemed(HttpContext context, Challenge challenge) => Write(context, new RedeemedAnswer(
        PublicId(challenge.Id), (challenge.Act as Act.Payment)?.PaymentId, (challenge.Act as Act.OfAccount)?.Action, challenge.Method!, challenge.Sca!.Value,
        challenge.RedeemedAt!.Value));

    /// <summary>What became of an assessment's challenge.</summary>
    public static byte[] Outcome(Challenge challenge, DateTimeOffset now) => JsonSerializer.SerializeToUtf8Bytes(
        new ChallengeOutcome(
            PublicId(challenge.Id), Challenge.Name(challenge.StateAt(now)), challenge.Method, challenge.Sca, challenge.AnsweredAt, challenge.RedeemedAt), Web);

    public static Task Write<T>(HttpContext context, T answer) => context.Response.WriteAsJsonAsync(answer, Web, context.RequestAborted);

    /// <summary>The member <c>challenge</c> of an answer. What the buyer must be shown is what the service stores, not what the page says (RTS art. 5(1)(a)).</summary>
    public static void Write(Utf8JsonWriter json, ChallengeOffer challenge)
    {
        json.WriteStartObject("challenge"u8);
        json.WriteString("id"u8, PublicId(challenge.Id));
        AnswerJson.WriteTexts(json, "methods"u8, challenge.Methods);
        json.WriteString("expiresAt"u8, challenge.ExpiresAt.UtcDateTime);
        json.WriteStartObject("show"u8);
        json.WriteStartObject("amount"u8);
        json.WriteNumber("minor"u8, challenge.Amount.Minor);
        json.WriteString("currency"u8, challenge.Amount.Currency);
        json.WriteEndObject();
        json.WriteString("payee"u8, challenge.Payee);
        json.WriteEndObject();
        AnswerJson.WriteTexts(json, "notices"u8, Notices.OfChallenge);
        json.WriteEndObject();
    }
}
