using System.Text.Json;
using System.Text.Json.Serialization;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges;

/// <summary>Either a payment whose challenge is dead, or an account and an act.</summary>
/// <param name="PaymentId">Of a payment that was assessed with a challenge.</param>
/// <param name="Action">One of <see cref="AccountActions"/>.</param>
/// <param name="Parameters">What the act is done to: up to 16 texts, ids and no personal data; the proof is good for exactly these.</param>
internal sealed record OpenRequest(string? PaymentId = null, string? AccountId = null, string? Action = null, Dictionary<string, string>? Parameters = null);

/// <summary>Exactly one of the four answers.</summary>
/// <param name="Totp">The digits of an authenticator app.</param>
/// <param name="SentCode">The code that was sent last.</param>
/// <param name="Passkey">The credential as the browser gives it (<c>PublicKeyCredential.toJSON</c>).</param>
/// <param name="KnowledgeVerified">With <paramref name="SentCode"/>: checkout has verified something that the buyer knows as well.</param>
internal sealed record AnswerRequest(string? Totp = null, string? SentCode = null, string? RecoveryCode = null, JsonElement? Passkey = null, bool? KnowledgeVerified = null);

/// <param name="Method">email or sms.</param>
internal sealed record SendRequest(string Method);

/// <summary>The act that is about to be done: the payment, or the account's act that checkout does itself.</summary>
internal sealed record RedeemRequest(
    string Proof, RedeemedPayment? Payment = null, RedeemedMerchant? Merchant = null, string? Action = null, Dictionary<string, string>? Parameters = null);

internal sealed record RedeemedPayment(string Id, Money Amount);

internal sealed record RedeemedMerchant(string? Id = null);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    MaxDepth = 16,
    Converters = [typeof(Assessments.WholeNumberConverter)])]
[JsonSerializable(typeof(OpenRequest))]
[JsonSerializable(typeof(AnswerRequest))]
[JsonSerializable(typeof(SendRequest))]
[JsonSerializable(typeof(RedeemRequest))]
internal sealed partial class ChallengeJsonContext : JsonSerializerContext;

/// <summary>The bodies that the routes of challenges read.</summary>
internal static class ChallengeBodies
{
    public static readonly JsonBody<OpenRequest> Open = new(ChallengeJsonContext.Default.OpenRequest);
    public static readonly JsonBody<AnswerRequest> Answer = new(ChallengeJsonContext.Default.AnswerRequest);
    public static readonly JsonBody<SendRequest> Send = new(ChallengeJsonContext.Default.SendRequest);
    public static readonly JsonBody<RedeemRequest> Redeem = new(ChallengeJsonContext.Default.RedeemRequest);
}
