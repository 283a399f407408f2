using System.Buffers.Binary;
using System.Security.Cryptography;
using PaymentGuard.Audit;

namespace PaymentGuard.Tests.Audit;

/// <summary>A chain as the table holds it, to be altered and checked without a database.</summary>
internal sealed class WrittenChain
{
    public static readonly DateTimeOffset Begin = new(2026, 3, 1, 10, 0, 0, TimeSpan.Zero);

    private readonly byte[] key;

    public WrittenChain(int count, byte[]? key = null)
    {
        this.key = key ?? RandomNumberGenerator.GetBytes(32);
        for (var number = 1; number <= count; number++) Add(new AuditEntry("staff-7", "account.frozen", number % 2 == 0 ? null : $"a_{number}", $"object {number}", $$"""{"n":{{number}}}"""));
    }

    /// <summary>Each entry's columns as they are hashed, and its link.</summary>
    public List<(byte[] Columns, byte[] Link)> Rows { get; } = [];

    /// <summary>Null: none.</summary>
    public AuditHead? Head { get; set; } = new(0, []);

    public List<Checkpoint> Checkpoints { get; } = [];

    public byte[] LinkOf(int number) => Rows[number - 1].Link;

    /// <summary>Adds an entry, linked under the chain's key or another one.</summary>
    public void Add(AuditEntry entry, byte[]? otherKey = null)
    {
        using var chain = new AuditChain(otherKey ?? key);
        var columns = AuditChain.Encode(Rows.Count + 1, Begin.AddSeconds(Rows.Count), entry, "trace");
        var link = new byte[AuditChain.LinkSize];
        chain.Link(Rows.Count == 0 ? [] : Rows[^1].Link, columns, link);
        Rows.Add((columns, link));
        Head = new AuditHead(Rows.Count, link);
    }

    public void Cover(int number) => Checkpoints.Add(new Checkpoint(Checkpoints.LastOrDefault()?.Number ?? 0, number, LinkOf(number), Begin));

    /// <param name="chunk">How many bytes come at a time.</param>
    public async Task<(AuditFault? Fault, long Number, long Uncovered)> Check(int chunk = int.MaxValue)
    {
        using var check = new AuditCheck(key, Checkpoints);
        await using var entries = new CopiedEntries(new ChunkedStream(Copy(), chunk));
        AuditFault? fault = null;
        while (fault is null && await entries.Next(CancellationToken.None)) fault = check.Check(entries.Current);
        fault ??= check.End(Head);
        return (fault, check.Number, check.Number - check.Covered);
    }

    /// <summary>As PostgreSQL's binary COPY gives the rows.</summary>
    private byte[] Copy()
    {
        var copy = new MemoryStream();
        copy.Write([.. "PGCOPY\n"u8, 255, .. "\r\n\0"u8, .. new byte[2 * sizeof(int)]]);
        foreach (var (columns, link) in Rows)
        {
            copy.Write([0, AuditChain.ColumnCount + 1]);
            copy.Write(columns);
            var length = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(length, link.Length);
            copy.Write(length);
            copy.Write(link);
        }
        copy.Write([255, 255]);
        return copy.ToArray();
    }

    private sealed class ChunkedStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(Read(buffer.Span[..Math.Min(chunk, buffer.Length)]));
    }
}
