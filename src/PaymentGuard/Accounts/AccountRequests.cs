using System.Text.Json;
using System.Text.Json.Serialization;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;
using PaymentGuard.Platform;

namespace PaymentGuard.Accounts;

/// <param name="Reason">1 to 500 characters; kept encrypted.</param>
/// <param name="Since">When the account came into other hands, as far as is known; null: now.</param>
/// <param name="Notification">What the link "it was not me" of a notification carries; the time of what was notified counts when it is the earlier one.</param>
internal sealed record FreezeRequest(string Reason, DateTimeOffset? Since = null, string? Notification = null);

/// <param name="Proof">Of an answered challenge whose action is <c>recover_account</c>.</param>
internal sealed record RecoverRequest(string Proof);

/// <param name="Reason">1 to 500 characters; kept encrypted.</param>
internal sealed record RecoveryRequest(string Reason);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 16, Converters = [typeof(InternetTimeConverter)])]
[JsonSerializable(typeof(FreezeRequest))]
[JsonSerializable(typeof(RecoverRequest))]
[JsonSerializable(typeof(RecoveryRequest))]
internal sealed partial class AccountJsonContext : JsonSerializerContext;

/// <summary>The bodies that the routes of accounts read, and what their values must be.</summary>
internal static class AccountBodies
{
    private const int ReasonLengthMax = 500;
    private static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(5);

    public static readonly JsonBody<FreezeRequest> Freeze = new(AccountJsonContext.Default.FreezeRequest);
    public static readonly JsonBody<RecoverRequest> Recover = new(AccountJsonContext.Default.RecoverRequest);
    public static readonly JsonBody<RecoveryRequest> Recovery = new(AccountJsonContext.Default.RecoveryRequest);

    /// <summary>What is wrong with a reason or a time; empty: nothing. A card number is a refusal of its own, see <see cref="HoldsCardNumber"/>.</summary>
    public static IReadOnlyList<FieldError> Errors(string reason, DateTimeOffset? since, DateTimeOffset now)
    {
        var errors = new List<FieldError>();
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > ReasonLengthMax) errors.Add(new FieldError("/reason", $"must have 1 to {ReasonLengthMax} characters"));
        else if (reason.Any(character => char.IsControl(character) && character is not ('\n' or '\t'))) errors.Add(new FieldError("/reason", "must not have control characters"));
        if (since > now + AheadMax) errors.Add(new FieldError("/since", "must be at most 5 minutes ahead of the server's clock"));
        if (since < DateTimeOffset.UnixEpoch) errors.Add(new FieldError("/since", "must not be before 1970"));
        return errors;
    }

    public static bool HoldsCardNumber(string reason) => CardNumber.IsIn(reason);
}
