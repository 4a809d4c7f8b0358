using System.Buffers;
using System.Buffers.Binary;
using AiFactory.Domain.Models;

namespace AiFactory.Engines.Inference.Padding;

/// <summary>One input or output of a model whose rows are padded.</summary>
internal sealed class PaddedTensor
{
    private readonly bool[] _padded;
    private readonly bool _any;
    private readonly byte[] _value;
    private readonly int[] _own;
    private readonly int[] _wide;

    public PaddedTensor(TensorSpec spec, RowPadding padding)
    {
        Spec = spec;
        _padded = [.. Enumerable.Range(0, spec.RowShape.Count).Select(axis => PaddingRules.IsPadded(spec, axis, padding))];
        _any = _padded.Contains(true);
        _value = _any ? Element(spec.DataType, PaddingRules.ValueOf(padding, spec.Name)) : [];
        (_own, _wide) = (new int[_padded.Length], new int[_padded.Length]);
    }

    public TensorSpec Spec { get; }

    /// <summary>Size of the padded axis in the row at the start of the bytes; -1 where the tensor has none.</summary>
    public int OwnSize(ReadOnlySpan<byte> bytes)
    {
        var axis = Array.IndexOf(_padded, true);
        return axis < 0 ? -1 : PackedRows.Size(Spec, bytes, axis);
    }

    /// <summary>Writes the row at the start of the bytes at that size.</summary>
    /// <returns>Bytes that the row has taken.</returns>
    public int Pad(ReadOnlySpan<byte> bytes, int size, IBufferWriter<byte> into)
    {
        var length = PackedRows.TensorLength(Spec, bytes);
        var head = PackedRows.ShapeBytes(Spec);
        var elements = Shapes(bytes, size);
        if (!_any || _own.AsSpan().SequenceEqual(_wide))
        {
            into.Write(bytes[..length]);
            return length;
        }

        var target = into.GetSpan(head + (elements * _value.Length))[..(head + (elements * _value.Length))];
        WriteSizes(target, _wide);
        Fill(target[head..]);
        Copy(bytes[head..length], _own, target[head..], _wide);
        into.Advance(target.Length);
        return length;
    }

    /// <summary>Writes the row at the start of the bytes without what padding added.</summary>
    /// <returns>Bytes that the row has taken.</returns>
    /// <exception cref="InvalidDataException">It has not the size that it was padded to.</exception>
    public int Cut(ReadOnlySpan<byte> bytes, int own, int size, IBufferWriter<byte> into)
    {
        var length = PackedRows.TensorLength(Spec, bytes);
        if (!_any || own == size)
        {
            into.Write(bytes[..length]);
            return length;
        }

        var head = PackedRows.ShapeBytes(Spec);
        var elements = Shapes(bytes, own);
        if (OwnSize(bytes) != size)
        {
            throw new InvalidDataException($"Output '{Spec.Name}' came with the size {OwnSize(bytes)} of a row padded to {size}.");
        }

        var target = into.GetSpan(head + (elements * _value.Length))[..(head + (elements * _value.Length))];
        WriteSizes(target, _wide);
        Copy(bytes[head..length], _own, target[head..], _wide);
        into.Advance(target.Length);
        return length;
    }

    /// <summary>Copies what two boxes of elements have in common, from their first corner on.</summary>
    internal static void Copy(ReadOnlySpan<byte> from, ReadOnlySpan<int> fromShape, Span<byte> to, ReadOnlySpan<int> toShape)
    {
        var common = fromShape.IsEmpty ? 1 : Math.Min(fromShape[0], toShape[0]);
        if (common == 0 || from.IsEmpty || to.IsEmpty)
        {
            return;
        }

        var (fromStep, toStep) = fromShape.IsEmpty ? (from.Length, to.Length) : (from.Length / fromShape[0], to.Length / toShape[0]);
        if (fromShape.Length <= 1 || fromShape[1..].SequenceEqual(toShape[1..]))
        {
            from[..(common * fromStep)].CopyTo(to);
            return;
        }

        for (var i = 0; i < common; i++)
        {
            Copy(from.Slice(i * fromStep, fromStep), fromShape[1..], to.Slice(i * toStep, toStep), toShape[1..]);
        }
    }

    /// <summary>The bytes of one element.</summary>
    internal static byte[] Element(TensorDataType type, double value) => type switch
    {
        TensorDataType.Bool or TensorDataType.UInt8 => [(byte)value],
        TensorDataType.Int8 => [(byte)(sbyte)value],
        TensorDataType.UInt16 => BitConverter.GetBytes((ushort)value),
        TensorDataType.Int16 => BitConverter.GetBytes((short)value),
        TensorDataType.UInt32 => BitConverter.GetBytes((uint)value),
        TensorDataType.Int32 => BitConverter.GetBytes((int)value),
        TensorDataType.UInt64 => BitConverter.GetBytes((ulong)value),
        TensorDataType.Int64 => BitConverter.GetBytes((long)value),
        TensorDataType.Fp16 => BitConverter.GetBytes((Half)value),
        TensorDataType.Fp32 => BitConverter.GetBytes((float)value),
        TensorDataType.Fp64 => BitConverter.GetBytes(value),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Text is not padded."),
    };

    // The row's shape as it stands, and with another size along the padded axis; gives the latter's elements.
    private int Shapes(ReadOnlySpan<byte> bytes, int size)
    {
        var elements = 1;
        for (var axis = 0; axis < _own.Length; axis++)
        {
            _own[axis] = PackedRows.Size(Spec, bytes, axis);
            _wide[axis] = _padded[axis] ? size : _own[axis];
            elements = checked(elements * _wide[axis]);
        }

        return elements;
    }

    private void WriteSizes(Span<byte> target, int[] shape)
    {
        for (var axis = 0; axis < shape.Length; axis++)
        {
            if (Spec.RowShape[axis] < 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(target, shape[axis]);
                target = target[sizeof(int)..];
            }
        }
    }

    private void Fill(Span<byte> target)
    {
        if (!_value.AsSpan().ContainsAnyExcept((byte)0))
        {
            target.Clear();
            return;
        }

        for (var at = 0; at < target.Length; at += _value.Length)
        {
            _value.CopyTo(target[at..]);
        }
    }
}
