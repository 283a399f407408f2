namespace PaymentGuard.Domain.Rules.Language.Checking;

/// <summary>Finds the name that an author most likely meant.</summary>
internal static class Spelling
{
    /// <summary>A sentence that offers the nearest name, with a space in front; nothing when none is near.</summary>
    public static string Offer(string wrong, IEnumerable<string> names) => Nearest(wrong, names) is { } name ? $" Did you mean '{name}'?" : "";

    /// <summary>The nearest of the names, at most a third of its letters away; of several the first in the alphabet.</summary>
    public static string? Nearest(string wrong, IEnumerable<string> names)
    {
        var limit = Math.Max(1, wrong.Length / 3);
        return names
            .Select(name => (Name: name, Distance: Distance(wrong.ToLowerInvariant(), name.ToLowerInvariant(), limit)))
            .Where(candidate => candidate.Distance <= limit)
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
    }

    /// <summary>Letters to insert, drop, change, or swap with their neighbour; more than the limit once that is certain.</summary>
    private static int Distance(string left, string right, int limit)
    {
        if (Math.Abs(left.Length - right.Length) > limit) return limit + 1;
        int[] beforeLast = new int[right.Length + 1], last = [.. Enumerable.Range(0, right.Length + 1)], current = new int[right.Length + 1];
        for (var i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var change = left[i - 1] == right[j - 1] ? 0 : 1;
                current[j] = Math.Min(Math.Min(last[j] + 1, current[j - 1] + 1), last[j - 1] + change);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) current[j] = Math.Min(current[j], beforeLast[j - 2] + 1);
            }
            (beforeLast, last, current) = (last, current, beforeLast);
        }
        return last[right.Length];
    }
}
