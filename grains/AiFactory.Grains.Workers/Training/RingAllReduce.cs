using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace AiFactory.Grains.Workers.Training;

/// <summary>
/// Sum over all ranks by a ring: reduce-scatter, then all-gather (Patarasuk and Yuan 2009, "Bandwidth optimal all-reduce algorithms"). Each rank
/// moves 2 (N - 1) / N of the values, whatever N is. A chunk is summed in ring order from one fixed rank on, so all ranks end with the same bits.
/// </summary>
internal static class RingAllReduce
{
    /// <summary>Values in one message: 1 MiB, so that sending, receiving and adding overlap for large tensors.</summary>
    public const int PieceValues = 256 * 1024;

    public static void Sum(Span<float> values, IRingLink link)
    {
        var ranks = link.WorldSize;
        if (ranks == 1)
        {
            return;
        }

        var chunk = (values.Length + ranks - 1) / ranks;
        for (var step = 0; step < ranks - 1; step++)
        {
            Pass(values, chunk, Modulo(link.Rank - step, ranks), Modulo(link.Rank - step - 1, ranks), link, Add);
        }

        for (var step = 0; step < ranks - 1; step++)
        {
            Pass(values, chunk, Modulo(link.Rank + 1 - step, ranks), Modulo(link.Rank - step, ranks), link, Replace);
        }

        link.Flush();
    }

    private delegate void Combine(ReadOnlySpan<float> received, Span<float> own);

    // Every chunk is passed in the same number of pieces, empty ones left out on both sides alike.
    private static void Pass(Span<float> values, int chunk, int sent, int received, IRingLink link, Combine combine)
    {
        for (var at = 0; at < chunk; at += PieceValues)
        {
            if (Piece(values, chunk, sent, at) is { IsEmpty: false } outgoing)
            {
                link.Send(MemoryMarshal.AsBytes(outgoing).ToArray());
            }

            if (Piece(values, chunk, received, at) is { IsEmpty: false } own)
            {
                combine(MemoryMarshal.Cast<byte, float>(link.Receive().Span), own);
            }
        }
    }

    private static Span<float> Piece(Span<float> values, int chunk, int index, int at)
    {
        var from = Math.Min((index * chunk) + at, values.Length);
        var to = Math.Min(Math.Min(from + PieceValues, (index + 1) * chunk), values.Length);
        return to > from ? values[from..to] : [];
    }

    private static void Add(ReadOnlySpan<float> received, Span<float> own) => TensorPrimitives.Add(received, own, own);

    private static void Replace(ReadOnlySpan<float> received, Span<float> own) => received.CopyTo(own);

    private static int Modulo(int value, int modulus) => ((value % modulus) + modulus) % modulus;
}
