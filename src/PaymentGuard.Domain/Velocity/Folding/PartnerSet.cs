namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>Partners in the order in which they were last seen, newest first: the count within any window follows from one pass.</summary>
internal sealed class PartnerSet
{
    /// <summary>Place n holds an entry's number + 1; 0 is free.</summary>
    private int[] table = new int[512];
    private uint[] hashes = new uint[256];
    private long[] lastSeenMs = new long[256];

    public int Count { get; private set; }

    public void Start()
    {
        Array.Clear(table);
        Count = 0;
    }

    /// <summary>Adds a partner, unless it is there already. Those seen last come first; 0 is no partner.</summary>
    public void Add(uint hash, long atMs)
    {
        if (hash == 0) return;
        ref var place = ref Find(hash);
        if (place != 0) return;
        if (Count == hashes.Length)
        {
            Grow();
            place = ref Find(hash);
        }
        hashes[Count] = hash;
        lastSeenMs[Count] = atMs;
        place = ++Count;
    }

    /// <summary>When the partner was last seen; null when never.</summary>
    public long? LastSeenMs(uint hash) => Find(hash) is var place and not 0 ? lastSeenMs[place - 1] : null;

    /// <summary>How many were seen after the time.</summary>
    public int CountAfter(long timeMs)
    {
        var count = 0;
        for (var index = 0; index < Count; index++)
            if (lastSeenMs[index] > timeMs) count++;
        return count;
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
        Array.Resize(ref hashes, 2 * Count);
        Array.Resize(ref lastSeenMs, 2 * Count);
        table = new int[4 * Count];
        for (var index = 0; index < Count; index++) Find(hashes[index]) = index + 1;
    }
}
