using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using PaymentGuard.Assessments;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Accounts;

/// <summary>How accounts and what belongs to them are named in addresses and answers.</summary>
internal static class AccountIds
{
    private const string CompromisePrefix = "cmp_", RecoveryPrefix = "rec_";

    /// <summary>The account of the route; false when no account can be called so.</summary>
    public static bool TryReadAccount(HttpContext context, [NotNullWhen(true)] out string? id)
    {
        // Routing decodes all but this, because it separates segments.
        id = (context.Request.RouteValues["id"] as string)?.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        return IsName(id);
    }

    /// <summary>Whether an account or a payment can be called so.</summary>
    public static bool IsName([NotNullWhen(true)] string? id) =>
        id is { Length: >= 1 and <= AttemptChecks.IdLengthMax } && !id.Any(char.IsControl) && !CardNumber.IsIn(id);

    public static string OfCompromise(Guid id) => $"{CompromisePrefix}{id:N}";

    public static string OfRecovery(Guid id) => $"{RecoveryPrefix}{id:N}";

    public static bool TryReadCompromise(string? text, out Guid id) => TryRead(text, CompromisePrefix, out id);

    public static bool TryReadRecovery(string? text, out Guid id) => TryRead(text, RecoveryPrefix, out id);

    private static bool TryRead(string? text, string prefix, out Guid id)
    {
        id = default;
        return text is not null && text.StartsWith(prefix, StringComparison.Ordinal) && Guid.TryParseExact(text.AsSpan(prefix.Length), "N", out id);
    }
}
