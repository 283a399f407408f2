using System.Collections.Frozen;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Domain.Velocity;

/// <summary>What identifies entities and partners, read from a payment.</summary>
public static class EntityIdentifiers
{
    private static readonly FrozenDictionary<string, Func<PaymentAttempt, IReferenceData, string?>> ByName =
        new Dictionary<string, Func<PaymentAttempt, IReferenceData, string?>>
        {
            ["card"] = (attempt, _) => CanonicalText.Word(attempt.Card?.Token),
            ["account"] = (attempt, _) => CanonicalText.Word(attempt.Account.Id),
            ["device"] = (attempt, _) => CanonicalText.Word(attempt.Device?.Id),
            ["ip"] = (attempt, _) => CanonicalText.Ip(attempt.Device?.Ip)?.ToString(),
            ["ip24"] = (attempt, _) => CanonicalText.IpNetwork(CanonicalText.Ip(attempt.Device?.Ip)),
            ["ip_country"] = (attempt, reference) => CanonicalText.Ip(attempt.Device?.Ip) is { } address ? reference.CountryOf(address) : null,
            ["email"] = (attempt, _) => CanonicalText.Email(attempt.Account.Email),
            ["email_domain"] = (attempt, _) => CanonicalText.EmailDomain(attempt.Account.Email),
            ["phone"] = (attempt, _) => CanonicalText.Phone(attempt.Account.Phone),
            ["merchant"] = (attempt, _) => CanonicalText.Word(attempt.Merchant?.Id),
            ["merchant_category"] = (attempt, _) => CanonicalText.Word(attempt.Merchant?.Category),
            ["bin"] = (attempt, _) => CanonicalText.Word(attempt.Card?.Bin),
            ["card_country"] = (attempt, _) => CanonicalText.Word(attempt.Card?.Country)?.ToUpperInvariant(),
            ["shipping"] = (attempt, _) => CanonicalText.Address(attempt.Shipping),
            ["billing"] = (attempt, _) => CanonicalText.Address(attempt.Billing),
            ["user_agent"] = (attempt, _) => CanonicalText.Word(attempt.Device?.UserAgent),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All that a payment can be told apart by.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The identifier in its one spelling; null when the payment does not tell it.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public static string? Of(string name, PaymentAttempt attempt, IReferenceData reference) => ByName[name](attempt, reference);

    internal static Func<PaymentAttempt, IReferenceData, string?> Reader(string name) => ByName[name];
}
