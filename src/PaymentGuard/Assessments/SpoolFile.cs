using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using PaymentGuard.Platform;

namespace PaymentGuard.Assessments;

/// <summary>
/// Assessments that PostgreSQL has not taken yet, in a file that its process keeps locked: 32-bit length, id, encrypted row, one after
/// the other. A written row survives the death of the process; a row whose end is missing was never answered. Thread safe.
/// </summary>
internal sealed class SpoolFile : IDisposable
{
    public const string Extension = ".spool";
    private const int HeadSize = sizeof(int) + 16, BodySizeMax = 1 << 20;

    private readonly Lock gate = new();
    private readonly DataKeys keys;
    private readonly SafeFileHandle handle;
    private readonly Dictionary<string, long> positionByPayment = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, long> positionById = [];
    private long end;
    private long drained;
    private bool needsFlush;

    private SpoolFile(string path, SafeFileHandle handle, DataKeys keys) => (Path, this.handle, this.keys) = (path, handle, keys);

    public string Path { get; }

    /// <summary>Rows that lie here and are not known to be recorded.</summary>
    public int Depth
    {
        get { lock (gate) return positionById.Count; }
    }

    /// <summary>Whether a row was there that no key opens; then the file is kept.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>A new file of this process.</summary>
    public static SpoolFile Create(string folder, DataKeys keys)
    {
        Directory.CreateDirectory(folder);
        while (true)
        {
            var path = System.IO.Path.Combine(folder, $"{Guid.NewGuid():N}{Extension}");
            var file = TryOpen(path, FileMode.CreateNew, keys);
            if (file is not null) return file;
        }
    }

    /// <summary>The file of a process that died, with its rows; null while its process lives or another one has adopted it.</summary>
    public static SpoolFile? TryAdopt(string path, DataKeys keys)
    {
        var file = TryOpen(path, FileMode.Open, keys);
        file?.ReadIndex();
        return file;
    }

    /// <summary>Adds a row, unless its payment has one here. Throws <see cref="IOException"/> when the disk does not take it; then nothing is there.</summary>
    public void Append(AssessmentRow row)
    {
        var body = keys.Encrypt(row.ToBytes(), Place(row.Id));
        var frame = new byte[HeadSize + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, body.Length);
        row.Id.TryWriteBytes(frame.AsSpan(sizeof(int)));
        body.CopyTo(frame, HeadSize);
        lock (gate)
        {
            if (positionByPayment.ContainsKey(row.PaymentId)) return;
            RandomAccess.Write(handle, frame, end);
            (positionByPayment[row.PaymentId], positionById[row.Id]) = (end, end);
            end += frame.Length;
            needsFlush = true;
        }
    }

    public AssessmentRow? Find(string paymentId)
    {
        lock (gate) return positionByPayment.TryGetValue(paymentId, out var position) ? ReadAt(position, out _) : null;
    }

    public AssessmentRow? Find(Guid id)
    {
        lock (gate) return positionById.TryGetValue(id, out var position) ? ReadAt(position, out _) : null;
    }

    /// <summary>The next rows to store, at most so many; <paramref name="next"/> is what <see cref="Drained"/> wants to hear when they are.</summary>
    public List<AssessmentRow> NextRows(int max, out long next)
    {
        var rows = new List<AssessmentRow>();
        lock (gate)
        {
            next = drained;
            while (rows.Count < max && next < end)
                if (ReadAt(next, out next) is { } row) rows.Add(row);
        }
        return rows;
    }

    /// <summary>These rows, up to this place, are stored: forget them.</summary>
    public void Drained(IEnumerable<AssessmentRow> rows, long next)
    {
        lock (gate)
        {
            foreach (var row in rows)
            {
                positionByPayment.Remove(row.PaymentId);
                positionById.Remove(row.Id);
            }
            drained = next;
            if (drained < end || IsDamaged) return;
            RandomAccess.SetLength(handle, 0);
            drained = end = 0;
        }
    }

    /// <summary>Brings what was written to the disk itself.</summary>
    public void Flush()
    {
        lock (gate)
        {
            if (!needsFlush) return;
            needsFlush = false;
        }
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>Gives the file up; one without rows is deleted first, while it is still locked.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (handle.IsClosed) return;
            if (positionById.Count == 0 && !IsDamaged) File.Delete(Path);
            handle.Dispose();
        }
    }

    private static SpoolFile? TryOpen(string path, FileMode mode, DataKeys keys)
    {
        try
        {
            // Not shared: on Linux an advisory lock, which ends with the process.
            var handle = File.OpenHandle(path, mode, FileAccess.ReadWrite, FileShare.None);
            // Between opening and locking, another process may have adopted and deleted it.
            if (File.Exists(path)) return new SpoolFile(path, handle, keys);
            handle.Dispose();
            return null;
        }
        catch (IOException) when (mode == FileMode.Open || File.Exists(path)) { return null; }
    }

    private void ReadIndex()
    {
        lock (gate)
        {
            var length = RandomAccess.GetLength(handle);
            for (long position = 0, next; ; position = next)
            {
                if (!TryReadHead(position, length, out _, out next)) break;
                end = next;
                if (ReadAt(position, out _) is not { } row) continue;
                (positionByPayment[row.PaymentId], positionById[row.Id]) = (position, position);
            }
        }
    }

    private AssessmentRow? ReadAt(long position, out long next)
    {
        TryReadHead(position, end, out var id, out next);
        var body = new byte[next - position - HeadSize];
        RandomAccess.Read(handle, body, position + HeadSize);
        try { return AssessmentRow.FromBytes(keys.Decrypt(body, Place(id))); }
        catch (Exception failure) when (failure is CryptographicException or InvalidDataException or EndOfStreamException)
        {
            IsDamaged = true;
            return null;
        }
    }

    /// <summary>False where no whole frame begins.</summary>
    private bool TryReadHead(long position, long length, out Guid id, out long next)
    {
        (id, next) = (default, length);
        Span<byte> head = stackalloc byte[HeadSize];
        if (position + HeadSize > length || RandomAccess.Read(handle, head, position) < HeadSize) return false;
        var size = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (size is <= 0 or > BodySizeMax || position + HeadSize + size > length) return false;
        id = new Guid(head[sizeof(int)..]);
        next = position + HeadSize + size;
        return true;
    }

    private static string Place(Guid id) => $"spool.frame:{id}";
}
