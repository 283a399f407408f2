using System.IO.Compression;
using System.Text;
using System.Threading.Channels;
using CsvHelper;

namespace PaymentGuard.Rules.Replay;

/// <summary>One payment of a history, as its file tells it.</summary>
/// <param name="Number">Its <c>tx_id</c>.</param>
/// <param name="Customer">Account and card.</param>
/// <param name="Terminal">The merchant.</param>
/// <param name="AmountMinor">Cents of EUR.</param>
internal readonly record struct HistoricPayment(long Number, DateTimeOffset Time, string Customer, string Terminal, long AmountMinor);

/// <param name="ShareRead">How much of the file, by its bytes, has been read; 0 to 1.</param>
internal sealed record HistoryBatch(HistoricPayment[] Payments, double ShareRead);

/// <summary>Reads a history of payments: CSV with a header, also gzipped, in the order of time.</summary>
internal sealed class HistoryFile : IDisposable
{
    // A batch of features stays below 85,000 bytes: larger arrays are collected rarely and at great cost.
    private const int BatchSize = 250, BatchesAhead = 64;

    private readonly string path;
    private readonly FileStream file;
    private readonly CsvReader rows;

    private HistoryFile(string path)
    {
        this.path = path;
        file = File.OpenRead(path);
        Stream text = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        rows = CsvReader.Create(text, new CsvReaderOptions { Separator = ',', PoolStrings = true, Encoding = Encoding.UTF8 });
    }

    /// <summary>The payments in batches, which a thread of its own reads ahead.</summary>
    /// <param name="limit">Most payments to read.</param>
    /// <exception cref="InvalidDataException">When enumerated: names the file, the row and what is wrong with it.</exception>
    public static IAsyncEnumerable<HistoryBatch> ReadPayments(string path, long limit, CancellationToken ct)
    {
        var batches = Channel.CreateBounded<HistoryBatch>(BatchesAhead);
        _ = Task.Run(() => Fill(path, limit, batches.Writer, ct), ct);
        return batches.Reader.ReadAllAsync(ct);
    }

    /// <summary>The <c>tx_id</c> of every payment that was a fraud; other columns are not looked at.</summary>
    /// <exception cref="InvalidDataException">Names the file, the row and what is wrong with it.</exception>
    public static IReadOnlySet<long> ReadFrauds(string path)
    {
        using var history = new HistoryFile(path);
        var column = history.Columns("tx_id")[0];
        var frauds = new HashSet<long>();
        while (history.rows.Read()) frauds.Add(history.Field<long>(column));
        return frauds;
    }

    public void Dispose() => rows.Dispose();

    private static async Task Fill(string path, long limit, ChannelWriter<HistoryBatch> batches, CancellationToken ct)
    {
        Exception? failure = null;
        try
        {
            using var history = new HistoryFile(path);
            var columns = history.Columns("tx_id", "tx_time", "customer_id", "terminal_id", "amount");
            var latest = DateTimeOffset.MinValue;
            for (var left = limit; left > 0; left -= BatchSize)
            {
                var payments = history.ReadBatch(columns, (int)Math.Min(BatchSize, left), ref latest);
                if (payments.Length == 0) break;
                await batches.WriteAsync(new HistoryBatch(payments, (double)history.file.Position / history.file.Length), ct);
            }
        }
        catch (Exception reason)
        {
            failure = reason;                           // thrown where the batches are read
        }

        batches.Complete(failure);
    }

    private HistoricPayment[] ReadBatch(int[] columns, int size, ref DateTimeOffset latest)
    {
        var payments = new HistoricPayment[size];
        var count = 0;
        for (; count < size && rows.Read(); count++)
        {
            payments[count] = ReadPayment(columns);
            if (payments[count].Time < latest) throw Fault("is earlier than the row before it, and a history is in the order of time");
            latest = payments[count].Time;
        }

        return count == size ? payments : payments[..count];
    }

    private HistoricPayment ReadPayment(int[] columns) => new(
        Field<long>(columns[0]),
        Field<DateTimeOffset>(columns[1]),
        rows.GetString(columns[2]),
        rows.GetString(columns[3]),
        (long)Math.Round(Field<decimal>(columns[4]) * 100));

    private T Field<T>(int column) where T : ISpanParsable<T> =>
        rows.TryParse<T>(column, out var value) ? value : throw Fault($"has no {rows.Headers[column]} that can be read");

    private InvalidDataException Fault(string what) => new($"{path}: row {rows.RowNumber} {what}.");

    private int[] Columns(params string[] names)
    {
        var absent = names.Where(name => !rows.Headers.Contains(name)).ToList();
        if (absent.Count > 0) throw new InvalidDataException($"{path} has no column {string.Join(", ", absent)}.");
        return [.. names.Select(name => rows.GetFieldIndex(name))];
    }
}
