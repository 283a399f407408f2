using System.IO.Compression;
using System.Text;
using PaymentGuard.Rules.Replay;

namespace PaymentGuard.Tests.Rules.Replay;

public sealed class HistoryFileTests : IDisposable
{
    private const string Header = "tx_id,tx_time,customer_id,terminal_id,amount\n";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("paymentguard-history-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task ReadPayments_Gzipped_GivesEveryFieldInOrder()
    {
        var payments = await Read(WriteGzipped(Header + "7,2018-04-01T00:00:31Z,596,3156,57.16\n8,2018-04-01T00:00:31Z,4,12,0.00\n"));
        Assert.Equal(
            [
                new HistoricPayment(7, DateTimeOffset.Parse("2018-04-01T00:00:31Z"), "596", "3156", 5_716),
                new HistoricPayment(8, DateTimeOffset.Parse("2018-04-01T00:00:31Z"), "4", "12", 0),
            ],
            payments);
    }

    [Fact]
    public async Task ReadPayments_Limit_StopsThere() =>
        Assert.Equal([1L, 2L], (await Read(Write(Header + Rows(5)), limit: 2)).Select(payment => payment.Number));

    [Fact]
    public async Task ReadPayments_MoreThanOneBatch_LosesNone() =>
        Assert.Equal(Enumerable.Range(1, 2_345).Select(number => (long)number), (await Read(Write(Header + Rows(2_345)))).Select(payment => payment.Number));

    [Theory]
    [InlineData("tx_id,tx_time,customer_id,amount\n", "has no column terminal_id")]
    [InlineData(Header + "1,2018-04-01T00:00:31Z,596,3156,57.16\n2,yesterday,596,3156,57.16\n", "row 2 has no tx_time that can be read")]
    [InlineData(Header + "1,2018-04-01T00:00:31Z,596,3156,\n", "row 1 has no amount that can be read")]
    [InlineData(Header + "1,2018-04-01T00:00:31Z,5,3,1.00\n2,2018-04-01T00:00:30Z,5,3,1.00\n", "row 2 is earlier")]
    public async Task ReadPayments_UnusableFile_NamesThePlace(string text, string message)
    {
        var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => Read(Write(text)));
        Assert.Contains(message, refusal.Message);
    }

    [Fact]
    public async Task ReadPayments_NoSuchFile_IsToldWhenEnumerated() =>
        await Assert.ThrowsAsync<FileNotFoundException>(() => Read(Path.Combine(folder.FullName, "nothing.csv")));

    [Fact]
    public void ReadFrauds_ColumnsBeyondTheId_AreNotLookedAt() =>
        Assert.Equal([3527L, 5790L], HistoryFile.ReadFrauds(Write("tx_id,scenario\n3527,1\n5790,x\n")).Order());

    private static string Rows(int count) =>
        string.Concat(Enumerable.Range(1, count).Select(number => $"{number},2018-04-01T00:00:31Z,{number},3156,57.16\n"));

    private static async Task<List<HistoricPayment>> Read(string path, long limit = long.MaxValue)
    {
        var payments = new List<HistoricPayment>();
        await foreach (var batch in HistoryFile.ReadPayments(path, limit, CancellationToken.None)) payments.AddRange(batch.Payments);
        return payments;
    }

    private string Write(string text)
    {
        var path = Path.Combine(folder.FullName, "history.csv");
        File.WriteAllText(path, text);
        return path;
    }

    private string WriteGzipped(string text)
    {
        var path = Path.Combine(folder.FullName, "history.csv.gz");
        using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        gzip.Write(Encoding.UTF8.GetBytes(text));
        return path;
    }
}
