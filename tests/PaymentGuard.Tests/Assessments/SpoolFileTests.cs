using PaymentGuard.Assessments;
using PaymentGuard.Domain.Assessments;
using PaymentGuard.Platform;

namespace PaymentGuard.Tests.Assessments;

public sealed class SpoolFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("spool").FullName;
    private readonly DataKeys keys = DataKeys.Parse(DataKeys.NewLine("k1"));

    [Fact]
    public void Find_AppendedRow_IsThereByPaymentAndById()
    {
        using var file = SpoolFile.Create(folder, keys);
        var rows = Append(file, 10);
        foreach (var row in rows)
        {
            AssertSame(row, file.Find(row.PaymentId));
            AssertSame(row, file.Find(row.Id));
        }
        Assert.Null(file.Find("pay_10"));
        Assert.Equal(10, file.Depth);
    }

    [Fact]
    public void Append_SecondRowOfAPayment_LeavesTheFirst()
    {
        using var file = SpoolFile.Create(folder, keys);
        var (first, second) = (Row(1), Row(1));
        file.Append(first);
        file.Append(second);
        AssertSame(first, file.Find("pay_1"));
    }

    [Fact]
    public void TryAdopt_FileInUse_IsLeftAlone()
    {
        using var file = SpoolFile.Create(folder, keys);
        Assert.Null(SpoolFile.TryAdopt(file.Path, keys));
    }

    [Fact]
    public void TryAdopt_FileCutAnywhere_HasEveryWholeRow()
    {
        var whole = WholeFile(3, out var rows, out var ends);
        for (var length = 0; length <= whole.Length; length++)
        {
            var path = Path.Combine(folder, $"cut{length}{SpoolFile.Extension}");
            File.WriteAllBytes(path, whole[..length]);
            using (var file = SpoolFile.TryAdopt(path, keys)!)
            {
                var read = file.NextRows(10, out var next);
                Assert.Equal(rows.Take(ends.Count(end => end <= length)).Select(row => row.Id), read.Select(row => row.Id));
                Assert.False(file.IsDamaged);
                file.Drained(read, next);
            }
            Assert.False(File.Exists(path));
        }
    }

    [Fact]
    public void TryAdopt_RowAltered_KeepsTheFileAndReadsTheOthers()
    {
        var whole = WholeFile(3, out var rows, out var ends);
        whole[ends[0] + 60] ^= 1;
        var path = Path.Combine(folder, "altered" + SpoolFile.Extension);
        File.WriteAllBytes(path, whole);
        using (var file = SpoolFile.TryAdopt(path, keys)!)
        {
            Assert.True(file.IsDamaged);
            var read = file.NextRows(10, out var next);
            Assert.Equal([rows[0].Id, rows[2].Id], read.Select(row => row.Id));
            file.Drained(read, next);
        }
        Assert.True(File.Exists(path));
    }

    [Fact]
    public void Drained_Everything_EmptiesTheFileAndGoesOn()
    {
        using var file = SpoolFile.Create(folder, keys);
        Append(file, 5);
        var rows = file.NextRows(3, out var next);
        file.Drained(rows, next);
        Assert.Equal(2, file.Depth);
        Assert.Null(file.Find("pay_0"));
        rows = file.NextRows(3, out next);
        Assert.Equal(["pay_3", "pay_4"], rows.Select(row => row.PaymentId));
        file.Drained(rows, next);
        Assert.Equal(0, new FileInfo(file.Path).Length);
        file.Append(Row(9));
        Assert.Equal("pay_9", Assert.Single(file.NextRows(3, out _)).PaymentId);
    }

    [Fact]
    public void File_OfPersonalData_HoldsNoneInTheClear()
    {
        using (var file = SpoolFile.Create(folder, keys)) Append(file, 1);
        var bytes = File.ReadAllBytes(Assert.Single(Directory.GetFiles(folder)));
        Assert.Equal(-1, bytes.AsSpan().IndexOf("pay_0"u8));
        Assert.Equal(-1, bytes.AsSpan().IndexOf("answer"u8));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private byte[] WholeFile(int count, out List<AssessmentRow> rows, out List<int> ends)
    {
        (rows, ends) = ([], []);
        using var file = SpoolFile.Create(folder, keys);
        for (var number = 0; number < count; number++)
        {
            rows.Add(Row(number));
            file.Append(rows[^1]);
            ends.Add((int)new FileInfo(file.Path).Length);
        }
        file.Dispose();
        return File.ReadAllBytes(file.Path);
    }

    private static List<AssessmentRow> Append(SpoolFile file, int count)
    {
        var rows = Enumerable.Range(0, count).Select(Row).ToList();
        rows.ForEach(file.Append);
        return rows;
    }

    private static void AssertSame(AssessmentRow expected, AssessmentRow? actual) => Assert.Equal(expected.ToBytes(), actual?.ToBytes());

    internal static AssessmentRow Row(int number) => new(
        Guid.NewGuid(), $"pay_{number}", new byte[32], "a_7", number % 2 == 0 ? null : "m_5", 1_250, "EUR", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1),
        Decision.Review, 62, "sha256:00", AssessmentSource.Http, [1, 2, 3], [4], "answer"u8.ToArray(), true,
        Instrument: number % 2 == 0 ? null : "card", ValueMinor: number % 2 == 0 ? null : 0, ScaSeries: number % 3 == 0 ? null : "s_1", Sca: number % 3 == 0 ? null : "low_value");
}
