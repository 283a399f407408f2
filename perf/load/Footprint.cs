using System.Globalization;
using PaymentGuard.Cli.LocalServers;

namespace PaymentGuard.Load;

/// <summary>What a process and its children have used since they began.</summary>
/// <param name="Cpu">Time on a processor, in user and system mode.</param>
/// <param name="AllocatedBytes">By .NET, as the probe told last; 0 for a process without it.</param>
internal readonly record struct Footprint(TimeSpan Cpu, long AllocatedBytes)
{
    private const int TicksPerSecond = 100;             // of /proc, on every Linux

    /// <param name="probes">Folder that the probes write into.</param>
    public static Footprint Of(int processId, string probes)
    {
        // The servers are children of this program, and counted apart.
        var members = processId == Environment.ProcessId ? [processId] : ProcessTable.DescendantsOf(processId).Append(processId);
        var ticks = members.Sum(Ticks);
        return new Footprint(TimeSpan.FromSeconds(ticks / (double)TicksPerSecond), Allocated(processId, probes));
    }

    /// <summary>Memory in use: resident, of the process alone.</summary>
    public static long ResidentBytes(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1_024;
    }

    public static Footprint operator -(Footprint later, Footprint earlier) =>
        new(later.Cpu - earlier.Cpu, later.AllocatedBytes - earlier.AllocatedBytes);

    private static long Ticks(int processId)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{processId}/stat");
            // User and system; the second field may hold spaces.
            return line[(line.LastIndexOf(')') + 2)..].Split(' ')[11..13].Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return 0;                                   // it has just ended
        }
    }

    private static long Allocated(int processId, string probes)
    {
        var file = Path.Combine(probes, processId.ToString(CultureInfo.InvariantCulture));
        return File.Exists(file) ? long.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture) : 0;
    }
}
