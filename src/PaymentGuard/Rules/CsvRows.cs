using CsvHelper;

namespace PaymentGuard.Rules;

/// <summary>Reads the small CSV files of a rules folder, each row with its place.</summary>
internal static class CsvRows
{
    private static readonly CsvReaderOptions Format = CsvReaderOptions.Default with { HasHeader = false, TrackLineNumbers = true, TrimWhitespace = true };

    /// <summary>The rows from the first one, the header, on; a row that is no CSV ends them with a diagnostic.</summary>
    public static List<(int Line, string[] Fields)> Of(SourceFile file, List<RuleDiagnostic> diagnostics)
    {
        var rows = new List<(int, string[])>();
        using var reader = CsvReader.FromText(file.Text, Format);
        try
        {
            while (reader.Read())
                rows.Add(((int)reader.LineNumber, [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetString)]));
        }
        catch (CsvFormatException e)
        {
            diagnostics.Add(file.At(e.LineNumber, 1, int.MaxValue, $"Not valid CSV: {e.Message}"));
        }
        return rows;
    }
}
