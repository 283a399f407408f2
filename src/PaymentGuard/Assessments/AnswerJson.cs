using System.Buffers;
using System.Text.Json;
using PaymentGuard.Challenges;
using PaymentGuard.Domain.Assessments;
using PaymentGuard.Domain.Rules;
using PaymentGuard.Domain.Sca;
using PaymentGuard.Sca;

namespace PaymentGuard.Assessments;

/// <summary>The answer as checkout reads it. Written once for a payment; every later answer is these bytes.</summary>
internal static class AnswerJson
{
    private static readonly JsonEncodedText[] Decisions = [.. Enum.GetValues<Decision>().Select(decision => JsonEncodedText.Encode(Name(decision)))];
    private static readonly JsonEncodedText[] Modes = [.. Enum.GetValues<RuleMode>().Select(mode => JsonEncodedText.Encode(Name(mode)))];

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? writer;

    /// <summary>A decision's word, as in answers, rules and the database.</summary>
    public static string Name(Decision decision) => decision switch
    {
        Decision.Approve => "approve",
        Decision.Challenge => "challenge",
        Decision.Review => "review",
        Decision.Decline => "decline",
        Decision.Undecided => "undecided",
    };

    /// <summary>A mode's word, as in answers and rules.</summary>
    public static string Name(RuleMode mode) => mode.ToString().ToLowerInvariant();

    /// <summary>An assessment's public id.</summary>
    public static string PublicId(Guid id) => $"asm_{id:N}";

    /// <summary>The id that was spelled by <see cref="PublicId"/>.</summary>
    public static bool TryReadId(ReadOnlySpan<char> text, out Guid id)
    {
        id = default;
        return text.StartsWith("asm_", StringComparison.Ordinal) && Guid.TryParseExact(text[4..], "N", out id);
    }

    /// <returns>The answer with <c>recorded</c> true.</returns>
    public static byte[] Write(AnswerDraft draft)
    {
        var target = buffer ??= new ArrayBufferWriter<byte>(1_024);
        target.ResetWrittenCount();
        var json = writer ??= new Utf8JsonWriter(target, new JsonWriterOptions { SkipValidation = true });
        json.Reset(target);
        json.WriteStartObject();
        json.WriteString("id"u8, PublicId(draft.Id));
        json.WriteString("paymentId"u8, draft.PaymentId);
        json.WriteString("decision"u8, Decisions[(int)draft.Decision]);
        json.WriteNumber("score"u8, draft.Score);
        WriteReasons(json, draft.Hits);
        if (draft.Challenge is { } challenge) ChallengeJson.Write(json, challenge);
        if (draft.Sca is { } sca) WriteSca(json, sca);
        WriteTexts(json, "degraded"u8, draft.Degraded);
        json.WriteBoolean("recorded"u8, true);
        json.WriteString("ruleSet"u8, draft.RuleSet);
        json.WriteNumber("elapsedMs"u8, Math.Round(draft.ElapsedMs, 2));
        json.WriteEndObject();
        json.Flush();
        return target.WrittenSpan.ToArray();
    }

    /// <summary>The same answer while it is not recorded. A quotation mark inside a text is escaped, so the words stand there once.</summary>
    public static byte[] Unrecorded(ReadOnlySpan<byte> answer)
    {
        var place = answer.IndexOf("\"recorded\":true"u8) + "\"recorded\":".Length;
        return [.. answer[..place], .. "false"u8, .. answer[(place + "true".Length)..]];
    }

    public static void WriteTexts(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        for (var item = 0; item < texts.Count; item++) json.WriteStringValue(texts[item]);
        json.WriteEndArray();
    }

    private static void WriteSca(Utf8JsonWriter json, ScaVerdict sca)
    {
        json.WriteStartObject("sca"u8);
        json.WriteBoolean("required"u8, sca.IsRequired);
        json.WriteString("exemption"u8, sca.Exemption is { } exemption ? ScaWords.Of(exemption) : null);
        json.WriteString("reason"u8, sca.Reason is { } reason ? ScaWords.Of(reason) : null);
        json.WriteEndObject();
    }

    private static void WriteReasons(Utf8JsonWriter json, IReadOnlyList<RuleHit> hits)
    {
        json.WriteStartArray("reasons"u8);
        for (var item = 0; item < hits.Count; item++)
        {
            json.WriteStartObject();
            json.WriteString("code"u8, hits[item].Code);
            json.WriteString("rule"u8, hits[item].Rule);
            json.WriteString("mode"u8, Modes[(int)hits[item].Mode]);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
