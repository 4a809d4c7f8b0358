using System.Buffers;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;

namespace AiFactory.Engines.Ensembles;

/// <summary>Between the packed rows of models and the rows of steps.</summary>
internal static class RowPacking
{
    /// <summary>Reads one packed row of a tensor at the start of the bytes.</summary>
    /// <returns>Bytes read.</returns>
    /// <exception cref="InvalidDataException">The bytes end inside the row.</exception>
    public static int Read(TensorSpec spec, ReadOnlySpan<byte> packed, StepRows into)
    {
        var length = PackedRows.TensorLength(spec, packed);
        packed[..length].CopyTo(into.Add([.. spec.RowShape], length));
        return length;
    }

    /// <summary>Writes rows as one packed row of a tensor.</summary>
    /// <param name="many">Whether the packed row has an axis before the rows' own, as long as there are rows.</param>
    public static void Write(TensorSpec spec, StepRows rows, int first, int count, bool many, IBufferWriter<byte> into)
    {
        for (var row = first; row < first + count; row++)
        {
            into.Write(rows.Bytes(row));
        }
    }
}
