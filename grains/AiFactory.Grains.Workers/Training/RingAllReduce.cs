using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace AiFactory.Grains.Workers.Training;

/// <summary>
/// Sum over all ranks by a ring: reduce-scatter, then all-gather (Patarasuk and Yuan 2009, "Bandwidth optimal all-reduce algorithms"). Each rank
/// moves 2 (N - 1) / N of the values, whatever N is. A chunk is summed in ring order from one fixed rank on, so all ranks end with the same bits.
/// A piece that arrives is added to in place and sent on as it is, while the pieces behind it are still on their way.
/// </summary>
internal static class RingAllReduce
{
    /// <summary>Values in one message: 512 KiB, so that sending, receiving and adding overlap.</summary>
    public const int PieceValues = 128 * 1024;

    public static void Sum(Span<float> values, IRingLink link)
    {
        var (rank, ranks) = (link.Rank, link.WorldSize);
        if (ranks == 1)
        {
            return;
        }

        SendOwn(Chunk(values, rank, ranks), link);

        // Step by step the chunks come round: those of the first N - 1 steps to be added to, the last of them then complete; the others complete.
        var steps = 2 * (ranks - 1);
        for (var step = 0; step < steps; step++)
        {
            var chunk = Chunk(values, (rank - 1 - step + (2 * ranks)) % ranks, ranks);
            for (var at = 0; at < chunk.Length; at += PieceValues)
            {
                var own = chunk.Slice(at, Math.Min(PieceValues, chunk.Length - at));
                Pass(own, link, add: step < ranks - 1, complete: step >= ranks - 2, forward: step < steps - 1);
            }
        }

        link.Flush();
    }

    private static void SendOwn(ReadOnlySpan<float> chunk, IRingLink link)
    {
        for (var at = 0; at < chunk.Length; at += PieceValues)
        {
            var bytes = MemoryMarshal.AsBytes(chunk.Slice(at, Math.Min(PieceValues, chunk.Length - at)));
            var piece = GC.AllocateUninitializedArray<byte>(bytes.Length);
            bytes.CopyTo(piece);
            link.Send(piece);
        }
    }

    private static void Pass(Span<float> own, IRingLink link, bool add, bool complete, bool forward)
    {
        var piece = link.Receive();
        var arrived = MemoryMarshal.Cast<byte, float>(piece.AsSpan());
        if (arrived.Length != own.Length)
        {
            throw new InvalidDataException($"A piece of {arrived.Length} values came for {own.Length}: the ranks differ in what they sum.");
        }

        if (add)
        {
            TensorPrimitives.Add(arrived, own, arrived);
        }

        if (complete)
        {
            arrived.CopyTo(own);
        }

        if (forward)
        {
            link.Send(piece);
        }
    }

    private static Span<float> Chunk(Span<float> values, int index, int ranks)
    {
        var from = (int)((long)values.Length * index / ranks);
        return values[from..(int)((long)values.Length * (index + 1) / ranks)];
    }
}
