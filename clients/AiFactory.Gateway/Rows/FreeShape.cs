using System.Buffers.Binary;
using System.Text.Json;
using AiFactory.Domain.Models;

namespace AiFactory.Gateway.Rows;

/// <summary>The sizes of a tensor's free axes, found from a JSON array that has them.</summary>
internal static class FreeShape
{
    /// <summary>Writes the sizes before the row's elements.</summary>
    /// <param name="array">Nested as the shape says, or flat where only one axis is free.</param>
    /// <returns>The whole shape; one that does not fit the array where the array fits none.</returns>
    public static long[] Write(TensorSpec tensor, ReadOnlySpan<byte> array, ByteBuffer row)
    {
        var shape = Nesting(array, tensor.RowShape.Count, out var flat);
        for (var axis = 0; axis < shape.Length; axis++)
        {
            var size = tensor.RowShape[axis];
            shape[axis] = size >= 0 ? size : flat && shape.Length > 1 ? FlatSize(tensor, shape[0]) : shape[axis];
        }

        for (var axis = 0; axis < shape.Length; axis++)
        {
            if (tensor.RowShape[axis] < 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(row.Append(sizeof(int)), (int)shape[axis]);
            }
        }

        return shape;
    }

    // Elements of the first array on each level.
    private static long[] Nesting(ReadOnlySpan<byte> array, int rank, out bool flat)
    {
        var shape = new long[rank];
        var closed = new bool[rank];
        flat = true;
        var reader = new Utf8JsonReader(array);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                if (reader.CurrentDepth < rank)
                {
                    closed[reader.CurrentDepth] = true;
                }

                continue;
            }

            var level = reader.CurrentDepth - 1;
            flat &= level < 0 || reader.TokenType != JsonTokenType.StartArray;
            if (level >= 0 && level < rank && !closed[level])
            {
                shape[level]++;
            }
        }

        return shape;
    }

    private static long FlatSize(TensorSpec tensor, long count)
    {
        var others = tensor.RowShape.Where(size => size >= 0).Aggregate(1L, (product, size) => product * size);
        return tensor.FreeAxes == 1 && others > 0 ? count / others : 0;
    }
}
