using System.Security.Cryptography;
using System.Text;

namespace PaymentGuard.Audit;

/// <summary>
/// The files of checkpoints in one folder. Each is written by one turn of one process and never touched again; a line whose end is missing
/// was cut off by the end of its process and is no checkpoint.
/// </summary>
internal sealed class CheckpointFolder(string folder, IReadOnlyList<ECDsa> keys)
{
    public const string Extension = ".checkpoints";

    // What is longer is no checkpoint, whatever it is.
    private const int LineLengthMax = 1_024;

    /// <summary>The checkpoint that covers most; null when there is none.</summary>
    public Checkpoint? Latest() => Files()
        .Select(file => Lines(file, Math.Max(file.Length - 2 * LineLengthMax, 0)).LastOrDefault())
        .Select(line => line.Text is null ? null : Checkpoint.Read(line.Text, keys))
        .MaxBy(checkpoint => checkpoint?.Number);

    /// <summary>
    /// The checkpoints of several folders by number, as they stand at the moment of the call; read bit by bit. Lines that are no checkpoints
    /// of ours are told and passed over; told is as well where a checkpoint is missing in a folder before another.
    /// </summary>
    public static IEnumerable<Checkpoint> Read(IEnumerable<CheckpointFolder> folders, Action<CheckpointFault> tell) =>
        Merge([.. folders.Select(folder => folder.Read(tell))], checkpoint => (checkpoint.Number, checkpoint.From));

    private IEnumerable<Checkpoint> Read(Action<CheckpointFault> tell) =>
        TellGaps(Merge([.. Files().Select(file => Checkpoints(file, tell))], found => (found.Checkpoint.Number, found.Checkpoint.From)), tell);

    private static IEnumerable<Checkpoint> TellGaps(IEnumerable<Found> ordered, Action<CheckpointFault> tell)
    {
        var covered = 0L;
        foreach (var (checkpoint, line) in ordered)
        {
            if (checkpoint.From > covered) tell(new CheckpointFault(line.File, line.Number, $"the checkpoint before it, which names {checkpoint.From} entries, is missing"));
            covered = checkpoint.Number;
            yield return checkpoint;
        }
    }

    private static IEnumerable<T> Merge<T>(IReadOnlyList<IEnumerable<T>> ordered, Func<T, (long, long)> order)
    {
        var waiting = new PriorityQueue<IEnumerator<T>, (long, long)>();
        foreach (var one in ordered) Enqueue(one.GetEnumerator());
        while (waiting.TryDequeue(out var first, out _))
        {
            yield return first.Current;
            Enqueue(first);
        }

        void Enqueue(IEnumerator<T> one)
        {
            if (one.MoveNext()) waiting.Enqueue(one, order(one.Current));
            else one.Dispose();
        }
    }

    /// <summary>The files, each as long as it is now.</summary>
    private List<(FileInfo Info, long Length)> Files() => !Directory.Exists(folder)
        ? []
        : [.. new DirectoryInfo(folder).EnumerateFiles("*" + Extension).OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => (file, file.Length))];

    private IEnumerable<Found> Checkpoints((FileInfo Info, long Length) file, Action<CheckpointFault> tell)
    {
        var last = 0L;
        foreach (var line in Lines(file))
        {
            var checkpoint = Checkpoint.Read(line.Text, keys);
            if (checkpoint is null) tell(new CheckpointFault(line.File, line.Number, "it is not a checkpoint that was signed under the key"));
            else if (checkpoint.Number <= last) tell(new CheckpointFault(line.File, line.Number, "it stands behind one that covers as much"));
            else yield return new Found(checkpoint, line);
            last = Math.Max(last, checkpoint?.Number ?? 0);
        }
    }

    /// <summary>The lines that have an end, from a place on.</summary>
    private static IEnumerable<Line> Lines((FileInfo Info, long Length) file, long from = 0)
    {
        using var stream = new FileStream(file.Info.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        stream.Position = from;
        var text = new StringBuilder();
        var number = 0;
        for (var position = from; position < file.Length && stream.ReadByte() is var next and >= 0; position++)
        {
            if (next != '\n')
            {
                if (text.Length < LineLengthMax) text.Append((char)next);
                continue;
            }
            yield return new Line(file.Info.Name, ++number, text.ToString());
            text.Clear();
        }
    }

    private readonly record struct Line(string File, int Number, string Text);

    private readonly record struct Found(Checkpoint Checkpoint, Line Line);
}

/// <summary>A new file of checkpoints, made when the first one is written.</summary>
internal sealed class CheckpointFile(string folder, TimeProvider clock) : IDisposable
{
    private FileStream? stream;

    /// <summary>Adds a line; it is on the disk when this returns.</summary>
    public void Append(string line)
    {
        stream ??= Create();
        stream.Write(Encoding.ASCII.GetBytes(line + "\n"));
        stream.Flush(flushToDisk: true);
    }

    public void Dispose() => stream?.Dispose();

    private FileStream Create()
    {
        Directory.CreateDirectory(folder);
        var name = $"{clock.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{Guid.NewGuid():N}"[..25] + CheckpointFolder.Extension;
        // Not buffered: a line is one write.
        return new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }
}
