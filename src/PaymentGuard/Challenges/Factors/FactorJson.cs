using System.Net.Mime;
using System.Text;
using Microsoft.AspNetCore.Http;
using PaymentGuard.Platform;

namespace PaymentGuard.Challenges.Factors;

/// <param name="Kind">passkey, totp, email or sms.</param>
/// <param name="Address">Of email and sms: with most of it left out.</param>
/// <param name="ConfirmedAt">Not there: it does not count yet.</param>
internal sealed record FactorAnswer(string Id, string Kind, string? Address, DateTimeOffset CreatedAt, DateTimeOffset? ConfirmedAt, DateTimeOffset? LastUsedAt);

/// <param name="RecoveryCodesLeft">Unused ones.</param>
internal sealed record FactorsAnswer(IReadOnlyList<FactorAnswer> Factors, long RecoveryCodesLeft);

/// <param name="Secret">Base32, to be typed into an app that cannot scan.</param>
/// <param name="Uri">otpauth.</param>
/// <param name="Qr">The URI as a QR code, SVG.</param>
internal sealed record TotpAnswer(string Id, string Secret, string Uri, string Qr);

internal sealed record ContactAnswer(string Id, DateTimeOffset ExpiresAt);

internal sealed record FactorIdAnswer(string Id);

internal sealed record RecoveryCodesAnswer(IReadOnlyList<string> Codes);

/// <summary>Factors as callers read them.</summary>
internal static class FactorJson
{
    private const string IdPrefix = "fct_", Hidden = "***";
    private const int PhoneEndShown = 2;

    /// <summary>A factor's public id.</summary>
    public static string PublicId(Guid id) => $"{IdPrefix}{id:N}";

    /// <summary>The id that was spelled by <see cref="PublicId"/>; null for anything else.</summary>
    public static Guid? ReadId(string? text) =>
        text is not null && text.StartsWith(IdPrefix, StringComparison.Ordinal) && Guid.TryParseExact(text.AsSpan(IdPrefix.Length), "N", out var id) ? id : null;

    public static Task WriteList(HttpContext context, IEnumerable<Factor> factors, long recoveryCodesLeft, DataKeys keys) =>
        ChallengeJson.Write(context, new FactorsAnswer([.. factors.Select(factor => Answer(factor, keys))], recoveryCodesLeft));

    public static Task Write(HttpContext context, FactorOutcome outcome) => outcome switch
    {
        FactorOutcome.TotpBegun begun => WriteCreated(context, new TotpAnswer(PublicId(begun.Id), begun.Secret.Text, begun.Secret.Uri(), begun.Secret.QrCode())),
        FactorOutcome.ContactBegun begun => WriteCreated(context, new ContactAnswer(PublicId(begun.Id), begun.ExpiresAt)),
        FactorOutcome.PasskeyBegun begun => WriteOptions(context, begun.OptionsJson),
        FactorOutcome.PasskeyAdded added => WriteCreated(context, new FactorIdAnswer(PublicId(added.Id))),
        FactorOutcome.Confirmed confirmed => ChallengeJson.Write(context, new FactorIdAnswer(PublicId(confirmed.Id))),
        FactorOutcome.Removed => WriteNothing(context),
        FactorOutcome.RecoveryCodesMade made => WriteCreated(context, new RecoveryCodesAnswer(made.Codes)),
        _ => throw new InvalidOperationException($"The outcome {outcome.GetType().Name} has no answer."),
    };

    private static Task WriteCreated<T>(HttpContext context, T answer)
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        return ChallengeJson.Write(context, answer);
    }

    private static Task WriteOptions(HttpContext context, string json)
    {
        context.Response.ContentType = MediaTypeNames.Application.Json;
        return context.Response.WriteAsync(json, context.RequestAborted);
    }

    private static Task WriteNothing(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    private static FactorAnswer Answer(Factor factor, DataKeys keys) =>
        new(PublicId(factor.Id), factor.Kind, Masked(factor, keys), factor.CreatedAt, factor.ConfirmedAt, factor.LastUsedAt);

    /// <summary>Enough for the owner to know which it is: <c>a***@example.com</c>, <c>***00</c>.</summary>
    private static string? Masked(Factor factor, DataKeys keys)
    {
        if (factor.Kind is not (Methods.Email or Methods.Sms)) return null;
        var address = Encoding.UTF8.GetString(keys.Decrypt(factor.Secret, Factor.SecretPlace(factor.Id)));
        return factor.Kind == Methods.Email ? $"{address.EnumerateRunes().First()}{Hidden}{address[address.IndexOf('@')..]}" : Hidden + address[^PhoneEndShown..];
    }
}
