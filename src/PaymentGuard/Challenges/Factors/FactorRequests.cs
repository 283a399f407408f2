using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Challenges;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges.Factors;

/// <param name="Proof">Of an answered challenge with the action <c>add_factor</c>; the first factor needs none.</param>
/// <param name="Algorithm">sha1, which every app can do, sha256 or sha512; null: sha1.</param>
/// <param name="Digits">6 or 8; null: 6.</param>
internal sealed record TotpRequest(string? Proof = null, string? Algorithm = null, long? Digits = null);

/// <param name="Address">An e-mail address, or a telephone number with a plus and the country's code.</param>
/// <param name="Proof">As with <see cref="TotpRequest"/>.</param>
internal sealed record ContactRequest(string Address, string? Proof = null);

/// <param name="Proof">As with <see cref="TotpRequest"/>.</param>
internal sealed record PasskeyOptionsRequest(string? Proof = null);

/// <param name="Credential">As the browser gives it (<c>PublicKeyCredential.toJSON</c>).</param>
internal sealed record PasskeyRequest(JsonElement Credential);

/// <param name="Code">Of the app, or as it was sent.</param>
internal sealed record ConfirmRequest(string Code);

/// <param name="Proof">Of an answered challenge with the action <c>remove_factor</c> and the parameter <c>factorId</c>.</param>
internal sealed record RemoveRequest(string? Proof = null);

/// <param name="Proof">Of an answered challenge with the action <c>new_recovery_codes</c>; an account without any factor needs none.</param>
internal sealed record RecoveryCodesRequest(string? Proof = null);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Strict, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 16, Converters = [typeof(WholeNumberConverter)])]
[JsonSerializable(typeof(TotpRequest))]
[JsonSerializable(typeof(ContactRequest))]
[JsonSerializable(typeof(PasskeyOptionsRequest))]
[JsonSerializable(typeof(PasskeyRequest))]
[JsonSerializable(typeof(ConfirmRequest))]
[JsonSerializable(typeof(RemoveRequest))]
[JsonSerializable(typeof(RecoveryCodesRequest))]
internal sealed partial class FactorJsonContext : JsonSerializerContext;

/// <summary>The bodies that the routes of factors read, and what their values must be.</summary>
internal static partial class FactorBodies
{
    public static readonly JsonBody<TotpRequest> Totp = new(FactorJsonContext.Default.TotpRequest);
    public static readonly JsonBody<ContactRequest> Contact = new(FactorJsonContext.Default.ContactRequest);
    public static readonly JsonBody<PasskeyOptionsRequest> PasskeyOptions = new(FactorJsonContext.Default.PasskeyOptionsRequest);
    public static readonly JsonBody<PasskeyRequest> Passkey = new(FactorJsonContext.Default.PasskeyRequest);
    public static readonly JsonBody<ConfirmRequest> Confirm = new(FactorJsonContext.Default.ConfirmRequest);
    public static readonly JsonBody<RemoveRequest> Remove = new(FactorJsonContext.Default.RemoveRequest);
    public static readonly JsonBody<RecoveryCodesRequest> RecoveryCodes = new(FactorJsonContext.Default.RecoveryCodesRequest);

    public static IReadOnlyList<FieldError> Errors(TotpRequest request)
    {
        var errors = new List<FieldError>();
        if (request.Algorithm is not null && AlgorithmOf(request) is null) errors.Add(new FieldError("/algorithm", "must be sha1, sha256 or sha512"));
        if (request.Digits is not (null or 6 or 8)) errors.Add(new FieldError("/digits", "must be 6 or 8"));
        return errors;
    }

    /// <summary>Null: there is no such algorithm.</summary>
    public static CodeAlgorithm? AlgorithmOf(TotpRequest request) => request.Algorithm switch
    {
        null or "sha1" => CodeAlgorithm.Sha1,
        "sha256" => CodeAlgorithm.Sha256,
        "sha512" => CodeAlgorithm.Sha512,
        _ => null,
    };

    /// <summary>What is wrong with an address; null: nothing.</summary>
    public static FieldError? AddressError(string address, string kind) => kind == Methods.Email
        ? AttemptChecks.IsEmail(address) ? null : new FieldError("/address", "must be an e-mail address")
        : Phone().IsMatch(address) ? null : new FieldError("/address", "must be a telephone number such as +8613800000000");

    // E.164: at most 15 digits.
    [GeneratedRegex(@"\A\+[1-9][0-9]{6,14}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Phone();
}
