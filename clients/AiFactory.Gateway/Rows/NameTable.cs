using System.Text;

namespace AiFactory.Gateway.Rows;

/// <summary>Finds the number of a name by its UTF-8 bytes, without making strings.</summary>
internal sealed class NameTable
{
    private readonly byte[][] _names;
    private readonly short[] _slots;

    public NameTable(IReadOnlyList<string> names)
    {
        _names = [.. names.Select(Encoding.UTF8.GetBytes)];
        _slots = new short[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, names.Count * 4))];
        Array.Fill(_slots, (short)-1);
        for (var i = 0; i < _names.Length; i++)
        {
            var slot = Hash(_names[i]) & (_slots.Length - 1);
            while (_slots[slot] >= 0)
            {
                slot = (slot + 1) & (_slots.Length - 1);
            }

            _slots[slot] = (short)i;
        }
    }

    /// <summary>The name's number, or -1.</summary>
    /// <param name="guess">Tried first: callers mostly send fields in order.</param>
    public int Find(ReadOnlySpan<byte> name, int guess)
    {
        if ((uint)guess < (uint)_names.Length && name.SequenceEqual(_names[guess]))
        {
            return guess;
        }

        var slot = Hash(name) & (_slots.Length - 1);
        while (_slots[slot] is >= 0 and var candidate)
        {
            if (name.SequenceEqual(_names[candidate]))
            {
                return candidate;
            }

            slot = (slot + 1) & (_slots.Length - 1);
        }

        return -1;
    }

    private static int Hash(ReadOnlySpan<byte> name)
    {
        var hash = 2166136261u;
        foreach (var value in name)
        {
            hash = (hash ^ value) * 16777619;
        }

        return (int)(hash ^ (hash >> 15));
    }
}
