using System.Globalization;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Domain.Rules.Language.Syntax;

/// <summary>Reads money as rules and their tests write it: <c>1.20 EUR</c>.</summary>
public static class MoneyText
{
    /// <summary>ISO 4217's code for tests: rules may name it, no payment can be made in it, and it has no rate.</summary>
    private const string TestCurrency = "XTS";

    /// <summary>False unless it is a number, a space or none, and a currency, with no more decimals than the currency has.</summary>
    public static bool TryParse(string text, out Money money)
    {
        money = default;
        var trimmed = text.Trim();
        return trimmed.Length > 3 && TryRead(trimmed[..^3].TrimEnd(), trimmed[^3..], out money) is null;
    }

    /// <summary>Null, or what is wrong.</summary>
    internal static (DiagnosticKind Kind, string Message)? TryRead(string number, string currency, out Money money)
    {
        money = new Money(0, currency);
        if (!TryGetDecimals(currency, out var decimals)) return (DiagnosticKind.Name, UnknownCurrency(currency));
        if (!decimal.TryParse(number, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            return (DiagnosticKind.Syntax, $"'{number}' is no amount: write digits and at most one point.");
        if (Math.Abs(amount) > 1e14m) return (DiagnosticKind.Type, "The amount is too large.");
        for (var i = 0; i < decimals; i++) amount *= 10;
        if (amount != decimal.Truncate(amount)) return (DiagnosticKind.Type, $"{currency} has {decimals} decimals, '{number}' has more.");
        money = new Money((long)amount, currency);
        return null;
    }

    /// <summary>Decimals of the minor unit; false when no such currency exists.</summary>
    internal static bool TryGetDecimals(string currency, out int decimals)
    {
        decimals = 2;
        return currency == TestCurrency || Currencies.TryGetDecimals(currency, out decimals);
    }

    private static string UnknownCurrency(string currency) => $"There is no currency '{currency}'.";
}
