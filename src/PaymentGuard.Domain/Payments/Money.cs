using System.Text.Json.Serialization;

namespace PaymentGuard.Domain.Payments;

/// <summary>An amount in the currency's minor unit (ISO 4217): 1050 is 10.50 in EUR, 1050 in JPY and 1.050 in KWD.</summary>
/// <param name="Minor">Whole minor units; what is added or subtracted is checked, never wrapped.</param>
/// <param name="Currency">Three capital letters, one of <see cref="Currencies"/> when it comes from a request.</param>
[method: JsonConstructor]
public readonly record struct Money(long Minor, string Currency)
{
    public static Money operator +(Money left, Money right) => left.Currency == right.Currency
        ? left with { Minor = checked(left.Minor + right.Minor) }
        : throw new InvalidOperationException($"Cannot add {right.Currency} to {left.Currency}.");
}
