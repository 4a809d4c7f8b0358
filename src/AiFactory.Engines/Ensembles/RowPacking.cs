using System.Buffers;
using System.Buffers.Binary;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;

namespace AiFactory.Engines.Ensembles;

/// <summary>Between the packed rows of models and the rows of steps.</summary>
internal static class RowPacking
{
    /// <summary>Reads one packed row of a tensor at the start of the bytes. A first axis that the steps do not know must be of size 1, and goes.</summary>
    /// <returns>Bytes read.</returns>
    /// <exception cref="InvalidDataException">The bytes end inside the row.</exception>
    public static int Read(TensorSpec spec, ReadOnlySpan<byte> packed, StepRows into)
    {
        var length = PackedRows.TensorLength(spec, packed);
        var prefix = PackedRows.ShapeBytes(spec);
        Span<int> shape = stackalloc int[spec.RowShape.Count];
        for (var axis = 0; axis < shape.Length; axis++)
        {
            shape[axis] = PackedRows.Size(spec, packed, axis);
        }

        if (shape.Length > into.Spec.RowShape.Count)
        {
            shape = shape[0] == 1 ? shape[1..] : throw new InvalidDataException($"'{spec.Name}' of a batch of one has {shape[0]} rows.");
        }

        packed[prefix..length].CopyTo(into.Add(shape, length - prefix));
        return length;
    }

    /// <summary>Writes rows as one packed row of a tensor. A first axis that the steps do not know gets the size 1.</summary>
    /// <param name="many">Whether the packed row has an axis before the rows' own, as long as there are rows.</param>
    public static void Write(TensorSpec spec, StepRows rows, int first, int count, bool many, IBufferWriter<byte> into)
    {
        if (many)
        {
            WriteSize(count, into);
        }

        for (var row = first; row < first + count; row++)
        {
            var shape = rows.Shape(row);
            var before = spec.RowShape.Count - shape.Length;
            for (var axis = 0; !many && axis < spec.RowShape.Count; axis++)
            {
                if (spec.RowShape[axis] < 0)
                {
                    WriteSize(axis < before ? 1 : shape[axis - before], into);
                }
            }

            into.Write(rows.Bytes(row));
        }
    }

    private static void WriteSize(int size, IBufferWriter<byte> into)
    {
        BinaryPrimitives.WriteInt32LittleEndian(into.GetSpan(sizeof(int)), size);
        into.Advance(sizeof(int));
    }
}
