using System.Globalization;
using System.Text;
using PaymentGuard.Platform;

namespace PaymentGuard.Cli;

/// <summary>Changes the file of the data keys.</summary>
internal static class DataKeyFile
{
    /// <summary>
    /// Appends a new key. Whoever reads the file sees all of it or nothing: it is written beside, with mode 0600, brought to the disk, closed and put
    /// in the old one's place. Two who add at once do so one after the other, or the second is refused.
    /// </summary>
    /// <param name="id">Null: <c>k</c> and the next number.</param>
    /// <returns>The ids that the file has now, oldest first.</returns>
    public static IReadOnlyList<string> Add(string path, string? id)
    {
        var gate = path + ".lock";
        try
        {
            // Not shared: on Linux an advisory lock, which ends with the process.
            using var locked = Private(gate, FileMode.OpenOrCreate);
            try { return Replace(path, id); }
            finally { File.Delete(gate); }
        }
        catch (IOException failure) { throw new SettingException($"PAYMENTGUARD_KEYS: no key was added, the folder of {path} cannot be written or another one is just being added ({failure.GetType().Name})."); }
    }

    private static IReadOnlyList<string> Replace(string path, string? id)
    {
        var ids = DataKeys.Load(path).Ids;
        id ??= NextId(ids);
        var text = File.ReadAllText(path).TrimEnd('\n') + "\n" + DataKeys.NewLine(id);
        var added = DataKeys.Parse(text).Ids;
        // An id may read as something else, such as a comment.
        if (!added.SequenceEqual([.. ids, id])) throw new SettingException("PAYMENTGUARD_KEYS: no key was added, the id cannot be used.");
        // Closed before it takes the place: a file that is open for writing is locked to those who read.
        using (var beside = Private(path + ".new", FileMode.Create))
        {
            beside.Write(Encoding.UTF8.GetBytes(text));
            beside.Flush(flushToDisk: true);
        }
        File.Move(path + ".new", path, overwrite: true);
        return added;
    }

    private static FileStream Private(string path, FileMode mode) => new(path, new FileStreamOptions
    {
        Mode = mode, Access = FileAccess.Write, Share = FileShare.None, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });

    private static string NextId(IReadOnlyList<string> ids) => "k" + (ids.Max(NumberOf) + 1).ToString(CultureInfo.InvariantCulture);

    private static int NumberOf(string id) =>
        id.StartsWith('k') && int.TryParse(id.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < int.MaxValue ? number : 0;
}
