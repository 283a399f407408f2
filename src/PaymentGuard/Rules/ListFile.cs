using System.Globalization;
using PaymentGuard.Domain.Rules.Language;

namespace PaymentGuard.Rules;

/// <summary>
/// A list that rules ask with <c>in @name</c>: a CSV file whose first column holds the values. A column called <c>cidr</c>, <c>prefix</c> or
/// <c>network</c> makes them address ranges, any other name texts. With a column <c>expires</c> a value counts until that day or instant;
/// further columns are for people.
/// </summary>
/// <param name="NextExpiry">When the next value falls out of the list; null when none will.</param>
internal sealed record ListFile(NamedList List, DateTimeOffset? NextExpiry)
{
    /// <param name="asOf">Values that expired by then are left out.</param>
    public static ListFile? Read(SourceFile file, DateTimeOffset asOf, List<RuleDiagnostic> diagnostics)
    {
        var errorsBefore = diagnostics.Count;
        var rows = CsvRows.Of(file, diagnostics);
        if (rows is not [(_, var header), ..] || !header.All(IsColumnName))
        {
            diagnostics.Add(file.At(1, 1, int.MaxValue, "The first line has to name the columns: 'value', or 'cidr' for address ranges, then perhaps 'expires'."));
            return null;
        }
        var isNetworks = header[0] is "cidr" or "prefix" or "network";
        var (values, next) = Values(rows.Skip(1), file, Array.IndexOf(header, "expires"), isNetworks, asOf, diagnostics);
        if (diagnostics.Count > errorsBefore) return null;
        var name = Path.GetFileNameWithoutExtension(file.Path);
        return new ListFile(isNetworks ? NamedList.OfNetworks(name, values) : NamedList.OfTexts(name, values), next);
    }

    private static (List<string> Values, DateTimeOffset? Next) Values(
        IEnumerable<(int Line, string[] Fields)> rows, SourceFile file, int expiresColumn, bool isNetworks, DateTimeOffset asOf, List<RuleDiagnostic> diagnostics)
    {
        var (values, next) = (new List<string>(), (DateTimeOffset?)null);
        foreach (var (line, row) in rows)
        {
            if (row[0].Length == 0) continue;
            if (isNetworks && !IsNetwork(row[0]))
                diagnostics.Add(file.At(line, 1, row[0].Length, $"'{row[0]}' is no address range: write 203.0.113.0/24, 2001:db8::/32 or an address."));
            var expires = Expiry(row, expiresColumn, out var isValid);
            if (!isValid) diagnostics.Add(file.At(line, 1, int.MaxValue, $"'{row[expiresColumn]}' is no day or instant: 2027-12-31 or 2027-12-31T12:00:00Z."));
            if (expires <= asOf) continue;
            if (expires < (next ?? DateTimeOffset.MaxValue)) next = expires;
            values.Add(row[0]);
        }
        return (values, next);
    }

    /// <summary>A day ends at its midnight in UTC, so that the value still counts on it.</summary>
    private static DateTimeOffset? Expiry(string[] row, int column, out bool isValid)
    {
        isValid = true;
        if (column < 0 || column >= row.Length || row[column].Length == 0) return null;
        if (DateOnly.TryParseExact(row[column], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero);
        isValid = DateTimeOffset.TryParse(row[column], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant);
        return instant;
    }

    private static bool IsNetwork(string text) => Network.TryParse(text, out _) || AddressBits.TryParse(text, out _);

    private static bool IsColumnName(string text) => text.Length > 0 && char.IsAsciiLetterLower(text[0]) && text.All(letter => char.IsAsciiLetterLower(letter) || letter == '_');
}
