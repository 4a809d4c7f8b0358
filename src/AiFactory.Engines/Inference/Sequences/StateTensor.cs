using System.Buffers.Binary;
using AiFactory.Domain.Models;

namespace AiFactory.Engines.Inference.Sequences;

/// <summary>An input of the graph that takes what an output gave for the row before.</summary>
internal sealed class StateTensor
{
    private readonly TensorSpec _input;
    private readonly TensorSpec _output;
    private readonly byte[] _start;

    public StateTensor(SequenceState state, TensorSpec input, TensorSpec output)
    {
        (_input, _output) = (input, output);
        var shape = state.Start ?? [.. input.RowShape.Select(size => size < 0 ? 1 : size)];
        var elements = shape.Aggregate(1, (product, size) => checked(product * size));
        _start = new byte[PackedRows.ShapeBytes(input) + checked(elements * PackedRows.ElementBytes(input.DataType))];
        WriteSizes(_start, axis => shape[axis]);
    }

    /// <summary>The state before a sequence's first row, packed as the input takes it.</summary>
    public ReadOnlySpan<byte> Start => _start;

    /// <summary>Packs an output's row as the input takes it.</summary>
    /// <param name="into">Reused where it has the right length.</param>
    /// <exception cref="InvalidDataException">It has not the input's shape.</exception>
    public void Take(ReadOnlySpan<byte> packed, ref byte[] into)
    {
        for (var axis = 0; axis < _input.RowShape.Count; axis++)
        {
            var size = PackedRows.Size(_output, packed, axis);
            if (_input.RowShape[axis] >= 0 && _input.RowShape[axis] != size)
            {
                throw new InvalidDataException($"State '{_output.Name}' came with the size {size} on axis {axis}, and '{_input.Name}' takes {_input.RowShape[axis]}.");
            }
        }

        var elements = packed[PackedRows.ShapeBytes(_output)..];
        var sizes = PackedRows.ShapeBytes(_input);
        if (into is null || into.Length != sizes + elements.Length)
        {
            into = new byte[sizes + elements.Length];
        }

        for (var (axis, at) = (0, 0); axis < _input.RowShape.Count; axis++)
        {
            if (_input.RowShape[axis] < 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(into.AsSpan(at), PackedRows.Size(_output, packed, axis));
                at += sizeof(int);
            }
        }

        elements.CopyTo(into.AsSpan(sizes));
    }

    private void WriteSizes(Span<byte> into, Func<int, int> size)
    {
        for (var (axis, at) = (0, 0); axis < _input.RowShape.Count; axis++)
        {
            if (_input.RowShape[axis] < 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(into[at..], size(axis));
                at += sizeof(int);
            }
        }
    }
}
