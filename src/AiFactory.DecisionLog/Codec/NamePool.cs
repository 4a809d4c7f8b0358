using System.Text;
using AiFactory.DecisionLog.Segments;

namespace AiFactory.DecisionLog.Codec;

/// <summary>Gives back the same string for the same bytes, so that reading a million records does not make a million copies of one tenant's name.</summary>
internal static class NamePool
{
    private const int Slots = 1024;
    private const int BytesMax = 128;

    private static readonly Entry?[] Entries = new Entry?[Slots];

    public static string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return "";
        }

        if (utf8.Length > BytesMax)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        ref var slot = ref Entries[Crc32C.Compute(0, utf8) % Slots];
        var found = Volatile.Read(ref slot);
        if (found is not null && utf8.SequenceEqual(found.Utf8))
        {
            return found.Text;
        }

        var made = new Entry(utf8.ToArray(), Encoding.UTF8.GetString(utf8));
        Volatile.Write(ref slot, made);
        return made.Text;
    }

    private sealed record Entry(byte[] Utf8, string Text);
}
