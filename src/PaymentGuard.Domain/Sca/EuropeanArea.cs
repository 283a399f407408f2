using System.Collections.Frozen;

namespace PaymentGuard.Domain.Sca;

/// <summary>The countries whose payment law demands strong customer authentication: the European Economic Area and the United Kingdom.</summary>
public static class EuropeanArea
{
    public const string UnitedKingdom = "GB";

    // The second line: parts of the Union that have a country code of their own.
    private static readonly FrozenSet<string> Countries = FrozenSet.Create(StringComparer.Ordinal,
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
        "AX", "GF", "GP", "MF", "MQ", "RE", "YT",
        UnitedKingdom);

    /// <summary>Of a country that is not told (null) nobody knows that it lies outside.</summary>
    public static bool IsOutside(string? country) => country is not null && !Countries.Contains(country);
}
