using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PaymentGuard.Audit;

/// <summary>
/// How the entries hang together: an entry's link is an HMAC-SHA256 over the link before it and every column, each with its length (32 bits,
/// big-endian, -1 for null) before it. The columns are in the form that PostgreSQL's binary COPY gives them, so that a check hashes what it
/// reads. Not thread safe.
/// </summary>
internal sealed class AuditChain(byte[] key) : IDisposable
{
    public const int LinkSize = HMACSHA256.HashSizeInBytes;

    /// <summary>The columns that a link covers, in its order; the link itself comes after them.</summary>
    public const string Columns = "number, at, actor, action, account_id, object, details, trace_id";

    /// <summary>How many <see cref="Columns"/> there are.</summary>
    public const int ColumnCount = 8;

    private static readonly long PostgresEpochTicks = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    private readonly IncrementalHash hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);

    /// <param name="previous">The link before; empty for the first entry.</param>
    /// <param name="columns">As <see cref="Encode"/> gives them.</param>
    /// <param name="link">Takes <see cref="LinkSize"/> bytes.</param>
    public void Link(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> columns, Span<byte> link)
    {
        Span<byte> head = stackalloc byte[sizeof(int) + LinkSize];
        BinaryPrimitives.WriteInt32BigEndian(head, previous.Length);
        previous.CopyTo(head[sizeof(int)..]);
        hash.AppendData(head[..(sizeof(int) + previous.Length)]);
        hash.AppendData(columns);
        hash.GetHashAndReset(link);
    }

    /// <summary>An entry's columns as they are hashed.</summary>
    /// <param name="at">In whole microseconds, which is what PostgreSQL keeps.</param>
    public static byte[] Encode(long number, DateTimeOffset at, AuditEntry entry, string traceId)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        Write(buffer, number);
        Write(buffer, (at.UtcTicks - PostgresEpochTicks) / TimeSpan.TicksPerMicrosecond);
        Write(buffer, entry.Actor);
        Write(buffer, entry.Action);
        Write(buffer, entry.AccountId);
        Write(buffer, entry.Object);
        Write(buffer, entry.Details);
        Write(buffer, traceId);
        return buffer.WrittenSpan.ToArray();
    }

    public void Dispose() => hash.Dispose();

    private static void Write(ArrayBufferWriter<byte> buffer, long value)
    {
        var span = buffer.GetSpan(sizeof(int) + sizeof(long));
        BinaryPrimitives.WriteInt32BigEndian(span, sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(span[sizeof(int)..], value);
        buffer.Advance(sizeof(int) + sizeof(long));
    }

    private static void Write(ArrayBufferWriter<byte> buffer, string? value)
    {
        var length = value is null ? 0 : Encoding.UTF8.GetByteCount(value);
        var span = buffer.GetSpan(sizeof(int) + length);
        BinaryPrimitives.WriteInt32BigEndian(span, value is null ? -1 : length);
        if (value is not null) Encoding.UTF8.GetBytes(value, span[sizeof(int)..]);
        buffer.Advance(sizeof(int) + length);
    }
}
