using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace AiFactory.Lakehouse.Ingestion;

/// <summary>
/// Sorted keys on disk. In memory stay a Bloom filter of ten bits a key (under 1% of absent keys cost a read) and the first key of every
/// page, so a look-up is one read at most.
/// </summary>
internal sealed class KeyRun : IDisposable
{
    private const int KeyBytes = 16, KeysPerPage = 256, PageBytes = KeyBytes * KeysPerPage, BitsPerKey = 10, Probes = 7;
    private readonly SafeFileHandle file;
    private readonly UInt128[] firstKeys;
    private readonly ulong[] filter;
    private readonly byte[] page = new byte[PageBytes];

    /// <param name="keys">Distinct, ascending.</param>
    /// <param name="path">A new file, gone when this is disposed.</param>
    public KeyRun(ReadOnlySpan<UInt128> keys, string path)
    {
        file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        filter = new ulong[((long)keys.Length * BitsPerKey / 64) + 1];
        firstKeys = new UInt128[(keys.Length + KeysPerPage - 1) / KeysPerPage];
        for (var p = 0; p < firstKeys.Length; p++)
        {
            var pageKeys = keys[(p * KeysPerPage)..Math.Min(keys.Length, (p + 1) * KeysPerPage)];
            firstKeys[p] = pageKeys[0];
            for (var i = 0; i < pageKeys.Length; i++)
            {
                BinaryPrimitives.WriteUInt128LittleEndian(page.AsSpan(i * KeyBytes), pageKeys[i]);
                Mark(pageKeys[i]);
            }

            RandomAccess.Write(file, page.AsSpan(0, pageKeys.Length * KeyBytes), (long)p * PageBytes);
        }
    }

    public bool Contains(UInt128 key)
    {
        if (!MayContain(key)) return false;
        var index = Array.BinarySearch(firstKeys, key);
        if (index >= 0) return true;
        if (~index == 0) return false;
        var read = RandomAccess.Read(file, page, (long)(~index - 1) * PageBytes);
        var (low, high) = (0, (read / KeyBytes) - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = BinaryPrimitives.ReadUInt128LittleEndian(page.AsSpan(middle * KeyBytes)).CompareTo(key);
            if (order == 0) return true;
            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return false;
    }

    public void Dispose() => file.Dispose();

    private void Mark(UInt128 key)
    {
        var (position, step) = Hash(key);
        for (var i = 0; i < Probes; i++, position += step)
        {
            var bit = position % ((ulong)filter.Length * 64);
            filter[bit / 64] |= 1ul << (int)(bit % 64);
        }
    }

    private bool MayContain(UInt128 key)
    {
        var (position, step) = Hash(key);
        for (var i = 0; i < Probes; i++, position += step)
        {
            var bit = position % ((ulong)filter.Length * 64);
            if ((filter[bit / 64] & (1ul << (int)(bit % 64))) == 0) return false;
        }

        return true;
    }

    /// <summary>Two hashes make the seven (Kirsch and Mitzenmacher 2006).</summary>
    private static (ulong Position, ulong Step) Hash(UInt128 key)
    {
        var (high, low) = ((ulong)(key >> 64), (ulong)key);
        return ((uint)HashCode.Combine(low, high), (uint)HashCode.Combine(high, low) | 1);
    }
}
