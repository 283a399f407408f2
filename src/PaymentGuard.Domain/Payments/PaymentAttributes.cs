using System.Collections.Frozen;
using System.Net;
using PaymentGuard.Domain.Rules;

namespace PaymentGuard.Domain.Payments;

/// <summary>
/// Every name that rules may read of a payment. Names follow the request's fields in small letters (<c>account.created_at</c>); the
/// aliases are what analysts write. A field that the payment does not tell is missing.
/// </summary>
public static class PaymentAttributes
{
    private static readonly (AttributeDefinition Definition, AttributeGetter Get)[] Catalog =
    [
        .. OfPayment(), .. OfMerchant(), .. OfAccount(), .. OfCard(), .. OfDevice(), .. OfAddresses(), .. OfTime(),
    ];

    private static readonly FrozenDictionary<string, AttributeGetter> Getters =
        Catalog.ToFrozenDictionary(entry => entry.Definition.Name, entry => entry.Get, StringComparer.Ordinal);

    public static IReadOnlyList<AttributeDefinition> All { get; } = [.. Catalog.Select(entry => entry.Definition)];

    /// <summary>Reads one attribute of a payment into a slot.</summary>
    /// <exception cref="ArgumentException">No attribute has that name.</exception>
    internal static AttributeGetter GetterOf(string name) =>
        Getters.GetValueOrDefault(name) ?? throw new ArgumentException($"No attribute of a payment is called '{name}'.", nameof(name));

    private static (AttributeDefinition, AttributeGetter)[] OfPayment() =>
    [
        Text("payment.id", "The caller's name for the payment", p => p.Payment.Id),
        (new("amount", SignalType.Money, "What is to be paid", "payment.amount"),
            static (ref source, signals, slot) => signals.SetMoney(slot, source.Attempt.Payment.Amount)),
        Text("currency", "Currency of the amount, ISO 4217", p => p.Payment.Amount.Currency, "payment.currency", "payment.amount.currency"),
        Text("channel", "Where it is paid: web, app, phone and the like", p => p.Payment.Channel, "payment.channel"),
    ];

    private static (AttributeDefinition, AttributeGetter)[] OfMerchant() =>
    [
        Text("merchant.id", "The platform's name for the merchant", p => p.Merchant?.Id, "merchant_id"),
        Text("merchant.category", "Merchant category code, four digits", p => p.Merchant?.Category, "merchant_category", "mcc"),
        Text("merchant.country", "Country of the merchant", p => p.Merchant?.Country, "merchant_country"),
    ];

    private static (AttributeDefinition, AttributeGetter)[] OfAccount() =>
    [
        Text("account.id", "The platform's name for the buyer's account", p => p.Account.Id, "account_id", "customer.id"),
        (new("account.created_at", SignalType.Timestamp, "When the account was opened", "account_created_at", "customer.created_at"),
            static (ref source, signals, slot) => SetTime(signals, slot, source.Attempt.Account.CreatedAt)),
        (new("account.age", SignalType.Duration, "How old the account is at the payment's time; never below 0", "account_age", "customer.age"),
            static (ref source, signals, slot) => SetAge(signals, slot, source.Attempt.Account.CreatedAt, source.Time)),
        Text("account.email", "E-mail address in small letters", p => Email(p), "email", "customer.email", "account_email"),
        Text("account.email_domain", "What follows the @ of the e-mail address", p => EmailDomain(p), "email_domain", "customer.email_domain"),
        Text("account.phone", "Telephone number as told", p => p.Account.Phone, "phone", "customer.phone", "account_phone"),
        Text("account.country", "Country of the account", p => p.Account.Country, "account_country", "customer.country"),
    ];

    private static (AttributeDefinition, AttributeGetter)[] OfCard() =>
    [
        Text("card.token", "The card vault's name for the card, for lists of cards", p => p.Card?.Token, "card_token"),
        Text("card.bin", "First 6 to 8 digits of the card number", p => p.Card?.Bin, "bin", "card_bin"),
        Text("card.last4", "Last four digits of the card number", p => p.Card?.Last4, "card_last4"),
        Text("card.country", "Country of the card's issuer", p => p.Card?.Country, "card_country"),
    ];

    private static (AttributeDefinition, AttributeGetter)[] OfDevice() =>
    [
        Text("device.id", "The platform's name for the device", p => p.Device?.Id, "device_id"),
        (new("device.ip", SignalType.Ip, "Address that the payment came from", "ip", "ip_address"),
            static (ref source, signals, slot) => signals.SetIp(slot, source.Ip)),
        (new("ip.country", SignalType.Text, "Country that the address is delegated to", "ip_country"),
            static (ref source, signals, slot) => signals.SetText(slot, source.Ip is { } ip ? source.Reference.CountryOf(ip) : null)),
        Text("device.user_agent", "The browser's own description", p => p.Device?.UserAgent, "user_agent"),
        Text("device.language", "Language of the browser, BCP 47", p => p.Device?.Language, "device_language"),
    ];

    private static (AttributeDefinition, AttributeGetter)[] OfAddresses() =>
    [
        Text("shipping.country", "Country that is shipped to", p => p.Shipping?.Country, "ship_country", "shipping_country"),
        Text("shipping.city", "City that is shipped to", p => p.Shipping?.City, "ship_city", "shipping_city"),
        Text("shipping.postal_code", "Postal code that is shipped to", p => p.Shipping?.PostalCode, "ship_postal_code", "shipping_postal_code"),
        Text("billing.country", "Country of the billing address", p => p.Billing?.Country, "billing_country"),
        Text("billing.city", "City of the billing address", p => p.Billing?.City, "billing_city"),
        Text("billing.postal_code", "Postal code of the billing address", p => p.Billing?.PostalCode, "billing_postal_code"),
    ];

    private static (AttributeDefinition, AttributeGetter)[] OfTime() =>
    [
        (new("time", SignalType.Timestamp, "When the buyer pressed pay", "payment.occurred_at", "payment.time"),
            static (ref source, signals, slot) => signals.SetTimestamp(slot, source.Time)),
        (new("hour", SignalType.Int, "Hour of the payment's time, 0 to 23, UTC"),
            static (ref source, signals, slot) => signals.SetInt(slot, source.Time.UtcDateTime.Hour)),
        (new("weekday", SignalType.Int, "Day of the payment's time, 1 Monday to 7 Sunday, UTC"),
            static (ref source, signals, slot) => signals.SetInt(slot, ((int)source.Time.UtcDateTime.DayOfWeek + 6) % 7 + 1)),
    ];

    private static (AttributeDefinition, AttributeGetter) Text(
        string name, string description, Func<PaymentAttempt, string?> get, params string[] aliases) =>
        (new(name, SignalType.Text, description, aliases), (ref source, signals, slot) => signals.SetText(slot, get(source.Attempt)));

    private static string? Email(PaymentAttempt attempt) => attempt.Account.Email?.Trim().ToLowerInvariant();

    private static string? EmailDomain(PaymentAttempt attempt) =>
        Email(attempt) is { } email && email.LastIndexOf('@') is var at and > 0 && at < email.Length - 1 ? email[(at + 1)..] : null;

    private static void SetTime(Signals signals, int slot, DateTimeOffset? time)
    {
        if (time is { } known) signals.SetTimestamp(slot, known);
        else signals.SetMissing(slot);
    }

    private static void SetAge(Signals signals, int slot, DateTimeOffset? since, DateTimeOffset now)
    {
        if (since is { } known) signals.SetDurationMs(slot, Math.Max(0, (long)(now - known).TotalMilliseconds));
        else signals.SetMissing(slot);
    }
}

/// <summary>Reads one attribute of a payment into a slot.</summary>
internal delegate void AttributeGetter(ref AttributeSource source, Signals signals, int slot);

/// <summary>One payment and what its attributes are looked up in; the address is parsed once.</summary>
internal struct AttributeSource(PaymentAttempt attempt, DateTimeOffset time, IReferenceData reference)
{
    private IPAddress? ip;

    public readonly PaymentAttempt Attempt => attempt;

    public readonly DateTimeOffset Time => time;

    public readonly IReferenceData Reference => reference;

    /// <summary>Null when none was told or it is none; IPv4 in IPv6 clothes is IPv4.</summary>
    public IPAddress? Ip
    {
        get
        {
            if (ip is null && IPAddress.TryParse(attempt.Device?.Ip, out var parsed))
                ip = parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed;
            return ip;
        }
    }
}
