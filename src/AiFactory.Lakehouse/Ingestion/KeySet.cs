namespace AiFactory.Lakehouse.Ingestion;

/// <summary>
/// The values a unique column has had. Exact but for text longer than 15 bytes, which is told apart by 120 bits of its SHA-256.
/// Keys that come in ascending order, as numbers given out in turn do, are kept as a sorted list and cost next to nothing; the others go into a
/// hash table. Memory is bounded: when both together are full they go to disk (<see cref="KeyRun"/>) and are begun again.
/// </summary>
/// <param name="inMemoryMax">Keys held in memory before they go to disk.</param>
/// <param name="scratch">Folder for the files.</param>
internal sealed class KeySet(int inMemoryMax, string scratch) : IDisposable
{
    private const int CapacityMin = 1024;
    private readonly List<KeyRun> runs = [];

    private UInt128[] ascending = new UInt128[CapacityMin];
    private int ascendingCount;

    // Open addressing with linear probing, at most half full; no key is zero (see Key).
    private UInt128[] slots = new UInt128[CapacityMin];
    private int slotsCount;

    // Of all keys ever, also those on disk.
    private UInt128 largest;

    public bool Contains(UInt128 key)
    {
        if (key > largest) return false;
        if (slots[Slot(slots, key)] == key || ascending.AsSpan(0, ascendingCount).BinarySearch(key) >= 0) return true;
        foreach (var run in runs)
        {
            if (run.Contains(key)) return true;
        }

        return false;
    }

    /// <param name="key">One that is not in the set.</param>
    public void Add(UInt128 key)
    {
        if (ascendingCount + slotsCount == inMemoryMax) Spill();
        if (key > largest)
        {
            if (ascendingCount == ascending.Length) Array.Resize(ref ascending, ascendingCount * 2);
            ascending[ascendingCount++] = largest = key;
        }
        else
        {
            if (slotsCount * 2 == slots.Length) Grow();
            slots[Slot(slots, key)] = key;
            slotsCount++;
        }
    }

    public void Dispose()
    {
        foreach (var run in runs) run.Dispose();
    }

    private static int Slot(UInt128[] slots, UInt128 key)
    {
        // HashCode is seeded by process, so no file can be made to meet on one slot.
        var mask = slots.Length - 1;
        var slot = HashCode.Combine((ulong)key, (ulong)(key >> 64)) & mask;
        while (slots[slot] != UInt128.Zero && slots[slot] != key) slot = (slot + 1) & mask;
        return slot;
    }

    private void Grow()
    {
        var larger = new UInt128[slots.Length * 2];
        foreach (var key in slots)
        {
            if (key != UInt128.Zero) larger[Slot(larger, key)] = key;
        }

        slots = larger;
    }

    private void Spill()
    {
        WriteRun(ascending.AsSpan(0, ascendingCount));
        Array.Sort(slots);
        WriteRun(slots.AsSpan(slots.Length - slotsCount));
        Array.Clear(slots);
        (ascendingCount, slotsCount) = (0, 0);
    }

    private void WriteRun(ReadOnlySpan<UInt128> keys)
    {
        if (!keys.IsEmpty) runs.Add(new KeyRun(keys, Path.Combine(scratch, $"{Guid.CreateVersion7():N}.keys")));
    }
}
