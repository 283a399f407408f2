using System.Globalization;
using System.Text;
using PaymentGuard.Platform;

namespace PaymentGuard.Cli;

/// <summary>Changes the file of the data keys.</summary>
internal static class DataKeyFile
{
    /// <summary>
    /// Appends a new key. Whoever reads the file sees all of it or nothing: it is written beside, with mode 0600, brought to the disk and put in
    /// the old one's place. Two who add at once do so one after the other, or the second is refused.
    /// </summary>
    /// <param name="id">Null: <c>k</c> and the next number.</param>
    /// <returns>The ids that the file has now, oldest first.</returns>
    public static IReadOnlyList<string> Add(string path, string? id)
    {
        var beside = path + ".new";
        try
        {
            // Not shared: on Linux an advisory lock. What a process left there that was killed is overwritten.
            using var file = new FileStream(beside, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.None, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            try { return Replace(path, file, id); }
            catch
            {
                File.Delete(beside);
                throw;
            }
        }
        catch (IOException failure) { throw new SettingException($"PAYMENTGUARD_KEYS: no key was added, {beside} cannot be written or another one is just being added ({failure.GetType().Name})."); }
    }

    private static IReadOnlyList<string> Replace(string path, FileStream beside, string? id)
    {
        var ids = DataKeys.Load(path).Ids;
        id ??= NextId(ids);
        var text = File.ReadAllText(path).TrimEnd('\n') + "\n" + DataKeys.NewLine(id);
        var added = DataKeys.Parse(text).Ids;
        // An id may read as something else, such as a comment.
        if (!added.SequenceEqual([.. ids, id])) throw new SettingException("PAYMENTGUARD_KEYS: no key was added, the id cannot be used.");
        beside.SetLength(0);
        beside.Write(Encoding.UTF8.GetBytes(text));
        beside.Flush(flushToDisk: true);
        File.Move(beside.Name, path, overwrite: true);
        return added;
    }

    private static string NextId(IReadOnlyList<string> ids) => "k" + (ids.Max(NumberOf) + 1).ToString(CultureInfo.InvariantCulture);

    private static int NumberOf(string id) =>
        id.StartsWith('k') && int.TryParse(id.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < int.MaxValue ? number : 0;
}
