using System.Numerics;

namespace PaymentGuard.Domain.Velocity.Folding;

/// <summary>Finds the events of a log by their hash: an open hash table that is emptied, not allocated, for each log.</summary>
internal sealed class EventIndex
{
    private const int TableSizeMin = 8;

    /// <summary>Place n of the table holds an entry's number + 1; 0 is free. At most half of them are taken.</summary>
    private int[] table = new int[TableSizeMin];
    private Entry[] entries = new Entry[TableSizeMin / 2];
    private int mask = TableSizeMin - 1;
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

    /// <param name="eventCount">As many are expected; with more, the table grows.</param>
    public void Start(int eventCount)
    {
        count = 0;
        UseTable(Math.Max(TableSizeMin, (int)BitOperations.RoundUpToPowerOf2((uint)eventCount * 2)));
    }

    /// <summary>Whether there is an event with this hash and it has an attempt.</summary>
    public bool HasAttempt(ulong hash)
    {
        for (int place = (int)(hash >> 32) & mask, number; (number = table[place]) != 0; place = place + 1 & mask)
            if (entries[number - 1].Hash == hash) return entries[number - 1].Attempt >= 0;
        return false;
    }

    /// <summary>The entry's number; a new entry has neither attempt nor outcome.</summary>
    public int FindOrAdd(ulong hash)
    {
        var place = (int)(hash >> 32) & mask;
        for (int number; (number = table[place]) != 0; place = place + 1 & mask)
            if (entries[number - 1].Hash == hash) return number - 1;
        if (2 * count > mask) place = Grow(hash);
        table[place] = count + 1;
        entries[count] = new Entry { Hash = hash, Outcome = -1, Attempt = -1 };
        return count++;
    }

    /// <returns>The free place of the hash in the larger table.</returns>
    private int Grow(ulong hash)
    {
        UseTable(2 * (mask + 1));
        for (var number = 0; number < count; number++) table[FreePlaceOf(entries[number].Hash)] = number + 1;
        return FreePlaceOf(hash);
    }

    private int FreePlaceOf(ulong hash)
    {
        var place = (int)(hash >> 32) & mask;
        while (table[place] != 0) place = place + 1 & mask;
        return place;
    }

    private void UseTable(int size)
    {
        if (size > table.Length) table = new int[size];
        else Array.Clear(table, 0, size);
        if (size / 2 > entries.Length) Array.Resize(ref entries, size / 2);
        mask = size - 1;
    }
}
