using System.Net;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Rules;

/// <summary>The tables that signals are looked up in: countries of addresses and exchange rates. Either may be exchanged at any time.</summary>
internal sealed class ReferenceData(IpCountries countries, ExchangeRates rates) : IReferenceData
{
    private volatile IpCountries countries = countries;
    private volatile ExchangeRates rates = rates;

    public IpCountries Countries { set => countries = value; }

    public ExchangeRates Rates { set => rates = value; }

    /// <summary>Reads the table of addresses; without a file no country is known.</summary>
    /// <param name="ipCountryFile">See <see cref="IpCountries.Load"/>.</param>
    public static ReferenceData Load(string? ipCountryFile, ExchangeRates rates) =>
        new(ipCountryFile is null ? IpCountries.None : IpCountries.Load(ipCountryFile), rates);

    public string? CountryOf(IPAddress address) => countries.CountryOf(address);

    public Money? InBaseCurrency(Money amount, DateTimeOffset at) => rates.InBaseCurrency(amount, at);
}
