using System.Buffers.Binary;
using Npgsql;

namespace PaymentGuard.Audit;

/// <summary>An entry as PostgreSQL's binary COPY gives it. Good until the next one is read.</summary>
/// <param name="columns">What the link covers, see <see cref="AuditChain.Encode"/>.</param>
/// <param name="link">As stored.</param>
internal readonly ref struct CopiedEntry(ReadOnlySpan<byte> columns, ReadOnlySpan<byte> link)
{
    public ReadOnlySpan<byte> Columns { get; } = columns;

    public ReadOnlySpan<byte> Link { get; } = link;

    /// <summary>0 when the column holds no number.</summary>
    public long Number => BinaryPrimitives.ReadInt32BigEndian(Columns) == sizeof(long) ? BinaryPrimitives.ReadInt64BigEndian(Columns[sizeof(int)..]) : 0;
}

/// <summary>
/// Reads entries one after the other without turning them into objects: several hundred thousand a second, in the memory of the longest one.
/// </summary>
internal sealed class CopiedEntries(Stream copy) : IAsyncDisposable
{
    private const int SignatureSize = 11, HeaderSize = SignatureSize + 2 * sizeof(int);

    private byte[] buffer = new byte[64 * 1024];
    private int start, end;
    private int columnsLength, entryLength;
    private bool isHeaderRead;

    /// <summary>The entries with numbers above the given one, by number; null: all that are there, whatever their numbers.</summary>
    public static async Task<CopiedEntries> Open(NpgsqlConnection connection, long? after, CancellationToken ct)
    {
        var part = after is null ? "" : FormattableString.Invariant($"WHERE number > {after}");
        var sql = $"COPY (SELECT {AuditChain.Columns}, link FROM audit_entries {part} ORDER BY number) TO STDOUT (FORMAT binary)";
        return new CopiedEntries(await connection.BeginRawBinaryCopyAsync(sql, ct));
    }

    public CopiedEntry Current
    {
        get
        {
            var linkAt = sizeof(short) + columnsLength + sizeof(int);
            return new(buffer.AsSpan(start + sizeof(short), columnsLength), buffer.AsSpan(start + Math.Min(linkAt, entryLength), Math.Max(entryLength - linkAt, 0)));
        }
    }

    /// <summary>Goes on to the next entry; false when there is none.</summary>
    public async ValueTask<bool> Next(CancellationToken ct)
    {
        if (!isHeaderRead) await ReadHeader(ct);
        start += entryLength;
        entryLength = 0;
        while (!HasEntry())
        {
            if (IsEnd) return false;
            await Fill(ct);
        }
        return true;
    }

    public ValueTask DisposeAsync() => copy.DisposeAsync();

    private bool IsEnd => end - start >= sizeof(short) && BinaryPrimitives.ReadInt16BigEndian(buffer.AsSpan(start)) < 0;

    private async Task ReadHeader(CancellationToken ct)
    {
        while (end < HeaderSize) await Fill(ct);
        start = HeaderSize;     // its extension is empty in every version so far
        isHeaderRead = true;
    }

    /// <summary>Whether a whole entry stands at the start; then its lengths are known.</summary>
    private bool HasEntry()
    {
        var rest = buffer.AsSpan(start, end - start);
        if (rest.Length < sizeof(short) || BinaryPrimitives.ReadInt16BigEndian(rest) < 0) return false;
        var position = sizeof(short);
        for (var column = 0; column <= AuditChain.ColumnCount; column++)
        {
            if (column == AuditChain.ColumnCount) columnsLength = position - sizeof(short);
            if (rest.Length < position + sizeof(int)) return false;
            position += sizeof(int) + Math.Max(BinaryPrimitives.ReadInt32BigEndian(rest[position..]), 0);
        }
        if (rest.Length < position) return false;
        entryLength = position;
        return true;
    }

    private async ValueTask Fill(CancellationToken ct)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }
        if (end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        // PostgreSQL sends a message for each row; several are taken before the next look.
        var length = await copy.ReadAsync(buffer.AsMemory(end), ct);
        if (length == 0) throw new EndOfStreamException("PostgreSQL ended the entries early.");
        end += length;
    }
}
