using System.Numerics;

namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>Finds events by their hash while a log is read: an open hash table that is emptied, not allocated, for each log.</summary>
internal sealed class EventIndex
{
    private const int TableSizeMin = 512;

    /// <summary>Place n of the table holds an entry's number + 1; 0 is free. At most half of them are taken.</summary>
    private int[] table = new int[TableSizeMin];
    private Entry[] entries = new Entry[TableSizeMin / 2];
    private int mask;
    private int count;

    public struct Entry
    {
        public ulong Hash;

        /// <summary>Its <see cref="OutcomeState"/>'s number; −1 for none.</summary>
        public int Outcome;

        /// <summary>Its attempt's record; −1 when there is none.</summary>
        public int Attempt;

        public bool IsVoid;
    }

    public ref Entry this[int number] => ref entries[number];

    /// <param name="eventsMax">As many will be asked for at most.</param>
    public void Start(int eventsMax)
    {
        var size = Math.Max(64, (int)BitOperations.RoundUpToPowerOf2((uint)eventsMax * 2));
        if (size > table.Length) table = new int[size];
        else Array.Clear(table, 0, size);
        if (eventsMax > entries.Length) entries = new Entry[size / 2];
        mask = size - 1;
        count = 0;
    }

    /// <summary>The entry's number; a new entry has neither attempt nor outcome.</summary>
    public int FindOrAdd(ulong hash)
    {
        var place = (int)(hash >> 32) & mask;
        for (int number; (number = table[place]) != 0; place = place + 1 & mask)
            if (entries[number - 1].Hash == hash) return number - 1;
        table[place] = count + 1;
        entries[count] = new Entry { Hash = hash, Outcome = -1, Attempt = -1 };
        return count++;
    }
}
