using System.Net;

namespace PaymentGuard.Domain.Payments;

/// <summary>Tables that signals are looked up in. Null means not known, and makes the signal missing.</summary>
public interface IReferenceData
{
    /// <summary>ISO 3166-1 alpha-2 of the registry's delegation that the address lies in.</summary>
    string? CountryOf(IPAddress address);

    /// <summary>The amount in <see cref="Currencies.Base"/> at the rate in force at that time, rounded half away from zero.</summary>
    Money? InBaseCurrency(Money amount, DateTimeOffset at);
}
