namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>When the partners of one window were last seen, from which the count within every shorter window with the same end follows.</summary>
internal sealed class PartnerSet
{
    /// <summary>Place n holds an entry's number + 1; 0 is free.</summary>
    private int[] table = new int[512];
    private uint[] hashes = new uint[256];
    private long[] lastSeenMs = new long[256];

    private int count;
    private (int Series, int Partner, long FromMs, long ToMs) covered;

    /// <summary>Whether the set was filled from a window that this one lies within, and that ends with it.</summary>
    public bool Covers(int series, int partner, long fromMs, long toMs) =>
        covered.Series == series && covered.Partner == partner && covered.ToMs == toMs && covered.FromMs <= fromMs;

    /// <summary>Empties the set, for another window.</summary>
    public void Start(int series, int partner, long fromMs, long toMs)
    {
        Array.Clear(table);
        count = 0;
        covered = (series, partner, fromMs, toMs);
    }

    /// <summary>Forgets the log.</summary>
    public void Clear() => covered = (-1, 0, 0, 0);

    /// <summary>The partner was seen; 0 is no partner.</summary>
    public void Add(uint hash, long atMs)
    {
        if (hash == 0) return;
        ref var place = ref Find(hash);
        if (place != 0)
        {
            lastSeenMs[place - 1] = Math.Max(lastSeenMs[place - 1], atMs);
            return;
        }
        if (count == hashes.Length)
        {
            Grow();
            place = ref Find(hash);
        }
        hashes[count] = hash;
        lastSeenMs[count] = atMs;
        place = ++count;
    }

    /// <summary>When the partner was last seen; null when never.</summary>
    public long? LastSeenMs(uint hash) => Find(hash) is var place and not 0 ? lastSeenMs[place - 1] : null;

    /// <summary>How many were seen after the time.</summary>
    public int CountAfter(long timeMs)
    {
        var after = 0;
        for (var index = 0; index < count; index++)
            if (lastSeenMs[index] > timeMs) after++;
        return after;
    }

    private ref int Find(uint hash)
    {
        var mask = table.Length - 1;
        var index = (int)(hash * 0x9E3779B1 >> 16) & mask;
        while (table[index] != 0 && hashes[table[index] - 1] != hash) index = index + 1 & mask;
        return ref table[index];
    }

    private void Grow()
    {
        Array.Resize(ref hashes, 2 * count);
        Array.Resize(ref lastSeenMs, 2 * count);
        table = new int[4 * count];
        for (var index = 0; index < count; index++) Find(hashes[index]) = index + 1;
    }
}
