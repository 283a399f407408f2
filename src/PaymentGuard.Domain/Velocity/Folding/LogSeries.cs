namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>What a velocity counts, in the order of time, with running sums, so that each window costs two searches.</summary>
internal sealed class LogSeries
{
    private LogItem[] items = [];

    /// <summary>Place n: the amounts of the items before n.</summary>
    private long[] sumBefore = new long[1];
    private byte allFlags;
    private bool isSorted = true;

    public int Count { get; private set; }

    /// <summary>Whether the payment being assessed would be one of them.</summary>
    public bool OwnBelongs { get; set; }

    public ReadOnlySpan<LogItem> Items => items.AsSpan(0, Count);

    public ref readonly LogItem this[int index] => ref items[index];

    /// <summary>Whether all amounts are known, and exactly.</summary>
    public bool HasPlainAmounts => (allFlags & (RecordFlags.NoRate | RecordFlags.Saturated)) == 0;

    public void Clear()
    {
        Count = 0;
        allFlags = 0;
        isSorted = true;
        OwnBelongs = false;
    }

    public void EnsureCapacity(int count)
    {
        if (count <= items.Length) return;
        Array.Resize(ref items, Math.Max(Math.Max(count, 4), 2 * items.Length));
        Array.Resize(ref sumBefore, items.Length + 1);
    }

    public void Add(in LogItem item)
    {
        var at = Count;
        if (at == items.Length) EnsureCapacity(at + 1);
        items[at] = item;
        sumBefore[at + 1] = sumBefore[at] + item.Amount;
        allFlags |= item.Flags;
        if (at > 0 && items[at - 1].AtMs >= item.AtMs && items[at - 1].CompareTo(item) > 0) isSorted = false;
        Count = at + 1;
    }

    /// <summary>Brings the items into the order of time. Logs mostly are, so this mostly does nothing.</summary>
    public void Sort()
    {
        if (isSorted) return;
        items.AsSpan(0, Count).Sort();
        for (var index = 0; index < Count; index++) sumBefore[index + 1] = sumBefore[index] + items[index].Amount;
        isSorted = true;
    }

    public void RemoveWhere(Predicate<LogItem> remove)
    {
        var kept = Count;
        Clear();
        for (var index = 0; index < kept; index++)
            if (!remove(items[index])) Add(items[index]);
    }

    /// <summary>How many items are not later than the time.</summary>
    public int CountUntil(long timeMs)
    {
        // Most windows end after the last item.
        if (Count == 0 || items[Count - 1].AtMs <= timeMs) return Count;
        int low = 0, high = Count - 1;
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (items[middle].AtMs <= timeMs) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    public long SumOf(int from, int to) => sumBefore[to] - sumBefore[from];

    /// <summary>All flags of a range.</summary>
    public byte FlagsOf(int from, int to)
    {
        byte flags = 0;
        if (!HasPlainAmounts)
            for (var index = from; index < to; index++) flags |= items[index].Flags;
        return flags;
    }
}
