namespace AiFactory.Lakehouse.Ingestion;

/// <summary>
/// The values a unique column has had. Exact but for text longer than 15 bytes, which is told apart by 120 bits of its SHA-256.
/// Memory is bounded: a full table is sorted to a file (<see cref="KeyRun"/>) and begun again.
/// </summary>
/// <param name="inMemoryMax">Keys the table holds before it goes to disk.</param>
/// <param name="scratch">Folder for the files.</param>
internal sealed class KeySet(int inMemoryMax, string scratch) : IDisposable
{
    private const int SlotsMin = 1024;
    private readonly List<KeyRun> runs = [];

    // Open addressing with linear probing, at most half full; no key is zero (see Key).
    private UInt128[] slots = new UInt128[SlotsMin];
    private int count;

    public bool Contains(UInt128 key)
    {
        if (slots[Slot(slots, key)] == key) return true;
        foreach (var run in runs)
        {
            if (run.Contains(key)) return true;
        }

        return false;
    }

    /// <param name="key">One that is not in the set.</param>
    public void Add(UInt128 key)
    {
        if (count == inMemoryMax) Spill();
        else if (count * 2 == slots.Length) Grow();
        slots[Slot(slots, key)] = key;
        count++;
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
        Array.Sort(slots);
        runs.Add(new KeyRun(slots.AsSpan(slots.Length - count), Path.Combine(scratch, $"{Guid.CreateVersion7():N}.keys")));
        Array.Clear(slots);
        count = 0;
    }
}
