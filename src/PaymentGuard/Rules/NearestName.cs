namespace PaymentGuard.Rules;

/// <summary>Finds the name that somebody probably meant.</summary>
internal static class NearestName
{
    /// <summary>The known name with the fewest changed, added, dropped or swapped letters: at most one in three; null when none is near.</summary>
    public static string? Of(string name, IEnumerable<string> known) => (
        from candidate in known
        let distance = Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant())
        where distance <= Math.Max(1, candidate.Length / 3)
        orderby distance, candidate.Length
        select candidate).FirstOrDefault();

    /// <summary>Edit distance in which two neighbours that changed places are one change.</summary>
    private static int Distance(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++) rows[i, 0] = i;
        for (var j = 0; j <= right.Length; j++) rows[0, j] = j;
        for (var i = 1; i <= left.Length; i++)
            for (var j = 1; j <= right.Length; j++)
            {
                var change = left[i - 1] == right[j - 1] ? 0 : 1;
                rows[i, j] = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                    rows[i, j] = Math.Min(rows[i, j], rows[i - 2, j - 2] + 1);
            }
        return rows[left.Length, right.Length];
    }
}
