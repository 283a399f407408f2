using System.Buffers.Binary;
using System.Security.Cryptography;
using PaymentGuard.Audit;

namespace PaymentGuard.Tests.Audit;

public sealed class AuditCheckTests
{
    [Theory]
    [InlineData(0, int.MaxValue)]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(2_000, 4_096)]
    public async Task Check_ChainAsWritten_IsWhole(int count, int chunk)
    {
        var chain = new WrittenChain(count);
        for (var number = 3; number <= count; number += 3) chain.Cover(number);
        Assert.Equal((null, (long)count, count % 3), await chain.Check(chunk));
    }

    [Fact]
    public async Task Check_AnyBitOfAnyEntryChanged_NamesThatEntry()
    {
        var chain = new WrittenChain(3);
        foreach (var (row, number) in chain.Rows.Select((row, index) => (row, index + 1)).ToList())
        {
            // Lengths are PostgreSQL's own; the values behind them are altered. Another number makes an entry missing or come twice.
            foreach (var position in ValuePositions(row.Columns))
            {
                row.Columns[position] ^= 1;
                var fault = (await chain.Check()).Fault;
                Assert.True(fault is not null && (fault.Entry == number || position < sizeof(int) + sizeof(long)), $"entry {number}, byte {position}: {fault}");
                row.Columns[position] ^= 1;
            }
            for (var position = 0; position < row.Link.Length; position++)
            {
                row.Link[position] ^= 1;
                Assert.Equal(number, (await chain.Check()).Fault?.Entry);
                row.Link[position] ^= 1;
            }
        }
        Assert.Null((await chain.Check()).Fault);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    public async Task Check_TwoEntriesSwapped_NamesTheFirst(int number)
    {
        var chain = new WrittenChain(10);
        (chain.Rows[number - 1], chain.Rows[number]) = (chain.Rows[number], chain.Rows[number - 1]);
        Assert.Equal(number, (await chain.Check()).Fault?.Entry);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(10)]
    public async Task Check_EntryDeleted_IsNamedAsMissing(int number)
    {
        var chain = new WrittenChain(10);
        chain.Rows.RemoveAt(number - 1);
        var fault = (await chain.Check()).Fault;
        Assert.Equal(number, fault?.Entry);
        Assert.Contains("missing", fault!.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_TailCutAndHeadSetBack_IsFoundByTheCheckpoint()
    {
        var chain = new WrittenChain(10);
        chain.Cover(4);
        chain.Cover(9);
        chain.Rows.RemoveRange(6, 4);
        chain.Head = new AuditHead(6, chain.LinkOf(6));
        var (fault, number, uncovered) = await chain.Check();
        Assert.Equal((7, 6, 2), (fault?.Entry, number, uncovered));
        Assert.Contains("checkpoint", fault!.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(11)]
    public async Task Check_HeadNamesAnotherEntry_IsFound(int number)
    {
        var chain = new WrittenChain(10);
        chain.Head = chain.Head! with { Number = number };
        Assert.Equal(Math.Min(number + 1, 11), (await chain.Check()).Fault?.Entry);
        chain.Head = null;
        Assert.Equal(10, (await chain.Check()).Fault?.Entry);
        chain.Head = new AuditHead(10, chain.LinkOf(9));
        Assert.Equal(10, (await chain.Check()).Fault?.Entry);
    }

    [Fact]
    public async Task Check_RebuiltUnderAnotherKey_NamesTheFirstEntryRebuilt()
    {
        var chain = new WrittenChain(10);
        chain.Rows.RemoveRange(5, 5);
        var other = RandomNumberGenerator.GetBytes(32);
        for (var number = 6; number <= 10; number++) chain.Add(new AuditEntry("staff-7", "account.frozen", null, "another"), other);
        Assert.Equal(6, (await chain.Check()).Fault?.Entry);
    }

    [Fact]
    public async Task Check_RebuiltUnderTheKey_IsFoundByTheCheckpoint()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var chain = new WrittenChain(10, key);
        chain.Cover(3);
        chain.Cover(8);
        chain.Rows.RemoveRange(5, 5);
        for (var number = 6; number <= 10; number++) chain.Add(new AuditEntry("staff-7", "account.frozen", null, "another"));
        var (fault, last, uncovered) = await chain.Check();
        Assert.Equal((4, 8, 5), (fault?.Entry, last, uncovered));
    }

    [Fact]
    public void Encode_ColumnsWithBordersShiftedOrNull_AreDifferent()
    {
        byte[][] encoded =
        [
            Encode(new AuditEntry("ab", "c", "d", "e")), Encode(new AuditEntry("a", "bc", "d", "e")), Encode(new AuditEntry("ab", "c", "", "de")),
            Encode(new AuditEntry("ab", "c", null, "de")),
        ];
        Assert.Equal(encoded.Length, encoded.Select(Convert.ToHexString).Distinct().Count());

        static byte[] Encode(AuditEntry entry) => AuditChain.Encode(1, WrittenChain.Begin, entry, "");
    }

    private static List<int> ValuePositions(byte[] columns)
    {
        var positions = new List<int>();
        for (var position = 0; position < columns.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(columns.AsSpan(position));
            positions.AddRange(Enumerable.Range(position + sizeof(int), Math.Max(length, 0)));
            position += sizeof(int) + Math.Max(length, 0);
        }
        return positions;
    }
}
