using System.Globalization;

namespace PaymentGuard.Cli.LocalServers;

/// <summary>The machine's processes, as <c>/proc/ID/stat</c> tells them.</summary>
internal static class ProcessTable
{
    /// <param name="Started">Clock ticks from the machine's start to the process's.</param>
    /// <param name="HasEnded">It and all its threads are gone, and only its parent has not taken note. Before, its ports may still be open.</param>
    public sealed record Entry(int Id, int Parent, string Started, bool HasEnded);

    /// <summary>The process with that id; null when there is none.</summary>
    public static Entry? Find(int id)
    {
        string line;
        try { line = File.ReadAllText($"/proc/{id.ToString(CultureInfo.InvariantCulture)}/stat"); }
        catch (IOException) { return null; }
        // The second field is the program's name in brackets and may hold spaces; what follows the last bracket is regular.
        var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
        return new Entry(id, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[19], HasEnded: fields[0] is "Z" or "X" && fields[17] is "0" or "1");
    }

    /// <summary>Children, their children and so on.</summary>
    public static IReadOnlyList<int> DescendantsOf(int id)
    {
        var all = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var other) ? Find(other) : null)
            .OfType<Entry>()
            .ToLookup(entry => entry.Parent, entry => entry.Id);
        var found = new List<int>(all[id]);
        for (var index = 0; index < found.Count; index++) found.AddRange(all[found[index]]);
        return found;
    }
}
