using System.Buffers.Binary;
using AiFactory.Domain.Models;

namespace AiFactory.Engines.Inference;

/// <summary>
/// The bytes of rows between gateway, worker, engine and decision log: for each row, for each tensor in signature order, its
/// elements; numbers little-endian, BYTES elements as a 32-bit little-endian length and the bytes.
/// </summary>
public sealed class PackedRows
{
    private readonly IReadOnlyList<TensorSpec> _tensors;

    public PackedRows(IReadOnlyList<TensorSpec> tensors)
    {
        _tensors = tensors;
        FixedRowBytes = tensors.Any(tensor => tensor.DataType == TensorDataType.Bytes)
            ? null
            : tensors.Sum(tensor => tensor.RowElements * ElementBytes(tensor.DataType));
    }

    /// <summary>Bytes of every row, or null when a BYTES tensor makes rows differ.</summary>
    public int? FixedRowBytes { get; }

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
    /// <exception cref="InvalidDataException">The bytes end inside the row.</exception>
    public int FirstRowLength(ReadOnlySpan<byte> rows)
    {
        if (FixedRowBytes is { } fixedBytes)
        {
            return fixedBytes <= rows.Length ? fixedBytes : throw Truncated(rows.Length);
        }

        var at = 0;
        foreach (var tensor in _tensors)
        {
            at += TensorLength(tensor, rows[at..]);
        }

        return at;
    }

    /// <summary>Bytes that one row of a tensor takes at the start of the span.</summary>
    /// <exception cref="InvalidDataException">The bytes end inside the row.</exception>
    public static int TensorLength(TensorSpec tensor, ReadOnlySpan<byte> bytes)
    {
        if (tensor.DataType != TensorDataType.Bytes)
        {
            var length = tensor.RowElements * ElementBytes(tensor.DataType);
            return length <= bytes.Length ? length : throw Truncated(bytes.Length);
        }

        var at = 0;
        for (var i = 0; i < tensor.RowElements; i++)
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

    private static InvalidDataException Truncated(int length) => new($"Packed rows end inside a row (after {length} bytes).");
}
