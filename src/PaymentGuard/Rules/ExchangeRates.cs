using System.Collections.Frozen;
using System.Globalization;
using PaymentGuard.Domain.Payments;

namespace PaymentGuard.Rules;

/// <summary>What one unit of a currency is worth in <see cref="Currencies.Base"/>, from which day on.</summary>
internal sealed class ExchangeRates
{
    private static readonly string[] Columns = ["currency", "rate", "from"];

    /// <summary>By currency, in ascending order of the instant from which the rate holds.</summary>
    private readonly FrozenDictionary<string, (DateTimeOffset From, decimal Rate)[]> rates;

    private ExchangeRates(IEnumerable<(string Currency, DateTimeOffset From, decimal Rate)> rows) =>
        rates = rows.GroupBy(row => row.Currency).ToFrozenDictionary(
            group => group.Key,
            group => group.Select(row => (row.From, row.Rate)).OrderBy(rate => rate.From).ToArray(),
            StringComparer.Ordinal);

    /// <summary>No rate but the base currency's own.</summary>
    public static ExchangeRates None { get; } = new([]);

    /// <summary>Reads <c>currency,rate,from</c>: EUR for one unit of the currency, in force from that day, 00:00 UTC.</summary>
    public static ExchangeRates Read(SourceFile file, List<RuleDiagnostic> diagnostics)
    {
        var rows = CsvRows.Of(file, diagnostics);
        if (rows is not [(_, var header), ..] || !header.SequenceEqual(Columns))
        {
            diagnostics.Add(file.At(1, 1, int.MaxValue, "The first line has to be: currency,rate,from"));
            return None;
        }
        var found = new List<(string, DateTimeOffset, decimal)>();
        foreach (var (line, row) in rows.Skip(1))
            if (TryRow(row, out var rate)) found.Add(rate);
            else diagnostics.Add(file.At(line, 1, int.MaxValue, "A rate is written: CNY,0.1283,2026-01-02 (EUR for one unit, above 0, from that day)."));
        return new ExchangeRates(found);
    }

    /// <summary>The amount in the base currency at the rate in force then, rounded half away from zero; null without a rate.</summary>
    public Money? InBaseCurrency(Money amount, DateTimeOffset at)
    {
        if (amount.Currency == Currencies.Base) return amount;
        if (!Currencies.TryGetDecimals(amount.Currency, out var decimals) || RateAt(amount.Currency, at) is not { } rate) return null;
        Currencies.TryGetDecimals(Currencies.Base, out var baseDecimals);
        var minor = amount.Minor * rate * PowerOfTen(baseDecimals - decimals);
        return Math.Abs(minor) < long.MaxValue ? new Money((long)Math.Round(minor, MidpointRounding.AwayFromZero), Currencies.Base) : null;
    }

    private decimal? RateAt(string currency, DateTimeOffset at)
    {
        if (!rates.TryGetValue(currency, out var steps)) return null;
        for (var n = steps.Length - 1; n >= 0; n--)
            if (steps[n].From <= at) return steps[n].Rate;
        return null;
    }

    private static decimal PowerOfTen(int exponent) => exponent switch { -2 => 0.01m, -1 => 0.1m, 0 => 1m, 1 => 10m, _ => 100m };

    private static bool TryRow(string[] row, out (string, DateTimeOffset, decimal) rate)
    {
        rate = default;
        if (row.Length != 3 || !Currencies.TryGetDecimals(row[0], out _)
            || !decimal.TryParse(row[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || value is <= 0 or > 1_000_000
            || !DateOnly.TryParseExact(row[2], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var from)) return false;
        rate = (row[0], new DateTimeOffset(from, TimeOnly.MinValue, TimeSpan.Zero), value);
        return true;
    }
}
