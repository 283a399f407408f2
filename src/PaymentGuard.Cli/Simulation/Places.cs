using System.Globalization;
using System.IO.Compression;
using PaymentGuard.Cli.LocalServers;

namespace PaymentGuard.Cli.Simulation;

/// <summary>A country that simulated people live in.</summary>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="Bin">First digits of the cards issued there.</param>
/// <param name="FirstNetwork">Its addresses are the 32 networks /24 that begin here, counted from 198.18.0.0.</param>
internal sealed record Place(string Country, string Currency, string Language, string City, string PostalCode, string Bin, int FirstNetwork);

/// <summary>
/// The countries of the simulation. Their addresses are 198.18.0.0/15, which is set aside for benchmarks (RFC 2544) and so belongs to
/// nobody.
/// </summary>
internal static class Places
{
    private const int NetworksPerPlace = 32;

    /// <summary>Most shoppers live in the first ones.</summary>
    public static readonly IReadOnlyList<Place> All =
    [
        new("DE", "EUR", "de-DE", "Leipzig", "04109", "425755", 0),
        new("FR", "EUR", "fr-FR", "Lyon", "69001", "497355", 32),
        new("NL", "EUR", "nl-NL", "Utrecht", "3511", "520309", 64),
        new("IT", "EUR", "it-IT", "Torino", "10121", "533317", 96),
        new("ES", "EUR", "es-ES", "Valencia", "46001", "454617", 128),
        new("AT", "EUR", "de-AT", "Graz", "8010", "516361", 160),
        new("BE", "EUR", "nl-BE", "Gent", "9000", "487104", 192),
        new("US", "EUR", "en-US", "Portland", "97201", "414720", 224),
        new("BR", "EUR", "pt-BR", "Recife", "50030", "498423", 256),
        new("JP", "EUR", "ja-JP", "Sendai", "980", "453904", 288),
    ];

    /// <summary>An address of the place; the same number gives the same one.</summary>
    /// <param name="number">0 or more; about 8,000 numbers give different addresses.</param>
    public static string Address(Place place, int number)
    {
        var network = place.FirstNetwork + number % NetworksPerPlace;
        var host = 1 + number / NetworksPerPlace % 254;
        return string.Create(CultureInfo.InvariantCulture, $"198.{18 + network / 256}.{network % 256}.{host}");
    }

    /// <summary>
    /// Writes the table that countries of addresses are looked up in: the simulation's and, where the shared data is at hand, the
    /// registries' delegations of all others.
    /// </summary>
    /// <returns>The file's path.</returns>
    public static string WriteAddressRanges(string file)
    {
        using var target = new StreamWriter(file);
        target.WriteLine("prefix,country");
        foreach (var place in All) target.WriteLine($"{Address(place, 0)[..^2]}.0/19,{place.Country}");
        if (Repository.Shared("data/ip-country.csv.gz") is not { } shared) return file;
        using var source = new StreamReader(new GZipStream(File.OpenRead(shared), CompressionMode.Decompress));
        source.ReadLine();
        while (source.ReadLine() is { } line) target.WriteLine(line);
        return file;
    }
}
