using System.Text.Json;
using PaymentGuard.Assessments;

namespace PaymentGuard.Challenges;

/// <summary>A challenge as callers read it.</summary>
internal static class ChallengeJson
{
    private const string IdPrefix = "chl_";

    /// <summary>The texts of the buyer guide that belong beside every challenge.</summary>
    private static readonly string[] Notices = ["never_share_codes", "not_me"];

    /// <summary>A challenge's public id.</summary>
    public static string PublicId(Guid id) => $"{IdPrefix}{id:N}";

    /// <summary>The id that was spelled by <see cref="PublicId"/>.</summary>
    public static bool TryReadId(ReadOnlySpan<char> text, out Guid id)
    {
        id = default;
        return text.StartsWith(IdPrefix, StringComparison.Ordinal) && Guid.TryParseExact(text[IdPrefix.Length..], "N", out id);
    }

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
        AnswerJson.WriteTexts(json, "notices"u8, Notices);
        json.WriteEndObject();
    }
}
