using System.Buffers.Binary;
using AiFactory.Domain.Models;

namespace AiFactory.Engines.Inference;

/// <summary>
/// The bytes of rows between gateway, worker, engine and decision log. For each row: of a sequence model's inputs first the sequence it belongs to
/// (<see cref="SequencePrefix"/>); then, for each tensor in signature order, the size of each of its free axes (32-bit little-endian) and its elements;
/// numbers little-endian, BYTES elements as a 32-bit little-endian length and the bytes. A row of a model without a batch axis is its whole tensors.
/// </summary>
public sealed class PackedRows
{
    private readonly IReadOnlyList<TensorSpec> _tensors;
    private readonly bool _sequence;

    /// <param name="sequence">Whether each row begins with the sequence it belongs to.</param>
    public PackedRows(IReadOnlyList<TensorSpec> tensors, bool sequence = false)
    {
        (_tensors, _sequence) = (tensors, sequence);
        FixedRowBytes = sequence || tensors.Any(tensor => tensor.DataType == TensorDataType.Bytes || tensor.FreeAxes > 0)
            ? null
            : tensors.Sum(tensor => checked(tensor.RowElements * ElementBytes(tensor.DataType)));
    }

    /// <summary>Bytes of every row, or null when a BYTES tensor, a free axis or a sequence makes rows differ.</summary>
    public int? FixedRowBytes { get; }

    /// <summary>What callers send to a model.</summary>
    public static PackedRows Inputs(ModelSignature signature) => new(signature.Inputs, signature.Sequence is not null);

    /// <summary>What a model answers.</summary>
    public static PackedRows Outputs(ModelSignature signature) => new(signature.Outputs);

    /// <summary>Bytes of one element; BYTES has no fixed size.</summary>
    public static int ElementBytes(TensorDataType type) => type switch
    {
        TensorDataType.Bool or TensorDataType.UInt8 or TensorDataType.Int8 => 1,
        TensorDataType.UInt16 or TensorDataType.Int16 or TensorDataType.Fp16 => 2,
        TensorDataType.UInt32 or TensorDataType.Int32 or TensorDataType.Fp32 => 4,
        TensorDataType.UInt64 or TensorDataType.Int64 or TensorDataType.Fp64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "BYTES elements have no fixed size."),
    };

    /// <summary>Length of the first row in the bytes.</summary>
    /// <exception cref="InvalidDataException">The bytes end inside the row, or an axis has a negative size.</exception>
    public int FirstRowLength(ReadOnlySpan<byte> rows)
    {
        if (FixedRowBytes is { } fixedBytes)
        {
            return fixedBytes <= rows.Length ? fixedBytes : throw Truncated(rows.Length);
        }

        var at = _sequence ? SequencePrefix.Read(rows).Length : 0;
        for (var i = 0; i < _tensors.Count; i++)
        {
            at += TensorLength(_tensors[i], rows[at..]);
        }

        return at;
    }

    /// <summary>Bytes that one row of a tensor takes at the start of the span, with the sizes of its free axes.</summary>
    /// <exception cref="InvalidDataException">The bytes end inside the row, or an axis has a negative size.</exception>
    public static int TensorLength(TensorSpec tensor, ReadOnlySpan<byte> bytes)
    {
        var shape = ShapeBytes(tensor);
        return shape + ElementsLength(tensor.DataType, Elements(tensor, bytes), bytes[shape..]);
    }

    /// <summary>Bytes that so many elements take at the start of the span.</summary>
    /// <exception cref="InvalidDataException">The bytes end inside of them.</exception>
    public static int ElementsLength(TensorDataType type, int elements, ReadOnlySpan<byte> bytes)
    {
        if (type != TensorDataType.Bytes)
        {
            var length = (long)elements * ElementBytes(type);
            return length <= bytes.Length ? (int)length : throw Truncated(bytes.Length);
        }

        var at = 0;
        for (var i = 0; i < elements; i++)
        {
            if (bytes.Length - at < sizeof(int))
            {
                throw Truncated(bytes.Length);
            }

            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
            at += sizeof(int);
            if (length < 0 || length > bytes.Length - at)
            {
                throw Truncated(bytes.Length);
            }

            at += length;
        }

        return at;
    }

    /// <summary>Bytes of the sizes before a row's elements: 0 where every axis is fixed.</summary>
    public static int ShapeBytes(TensorSpec tensor) => tensor.FreeAxes * sizeof(int);

    /// <summary>Elements of the tensor's row at the start of the span.</summary>
    /// <exception cref="InvalidDataException">The bytes end inside the sizes, or they are none.</exception>
    public static int Elements(TensorSpec tensor, ReadOnlySpan<byte> bytes)
    {
        if (tensor.FreeAxes == 0)
        {
            return tensor.RowElements;
        }

        var elements = 1L;
        for (var axis = 0; axis < tensor.RowShape.Count; axis++)
        {
            elements = Math.Min(elements * Size(tensor, bytes, axis), int.MaxValue + 1L);
        }

        return elements <= int.MaxValue ? (int)elements : throw new InvalidDataException($"A row of '{tensor.Name}' has more than {int.MaxValue} elements.");
    }

    /// <summary>Size of an axis of the tensor's row at the start of the span.</summary>
    /// <exception cref="InvalidDataException">The bytes end inside the sizes, or the size is negative.</exception>
    public static int Size(TensorSpec tensor, ReadOnlySpan<byte> bytes, int axis)
    {
        if (tensor.RowShape[axis] >= 0)
        {
            return tensor.RowShape[axis];
        }

        var before = 0;
        for (var i = 0; i < axis; i++)
        {
            before += tensor.RowShape[i] < 0 ? sizeof(int) : 0;
        }

        if (bytes.Length - before < sizeof(int))
        {
            throw Truncated(bytes.Length);
        }

        var size = BinaryPrimitives.ReadInt32LittleEndian(bytes[before..]);
        return size >= 0 ? size : throw new InvalidDataException($"Axis {axis} of '{tensor.Name}' has the size {size}.");
    }

    internal static InvalidDataException Truncated(int length) => new($"Packed rows end inside a row (after {length} bytes).");
}
