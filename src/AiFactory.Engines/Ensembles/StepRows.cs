using System.Runtime.InteropServices;
using AiFactory.Domain.Models;

namespace AiFactory.Engines.Ensembles;

/// <summary>
/// The rows of one tensor between two steps: for each row its shape and its elements, packed as <see cref="Inference.PackedRows"/> packs them, without a prefix.
/// Memory is kept from batch to batch. One thread at a time.
/// </summary>
public sealed class StepRows(TensorSpec spec)
{
    private readonly List<int> _starts = [0];
    private readonly List<int> _shapes = [];
    private readonly int[] _fixedShape = [.. spec.RowShape];
    private readonly bool _free = spec.RowShape.Contains(-1);
    private byte[] _bytes = [];

    public TensorSpec Spec => spec;

    public int Count => _starts.Count - 1;

    /// <summary>Shape of a row, every axis known.</summary>
    public ReadOnlySpan<int> Shape(int row) =>
        _free ? CollectionsMarshal.AsSpan(_shapes).Slice(row * _fixedShape.Length, _fixedShape.Length) : _fixedShape;

    public ReadOnlySpan<byte> Bytes(int row) => _bytes.AsSpan(_starts[row].._starts[row + 1]);

    /// <summary>Elements of an FP32 row.</summary>
    public ReadOnlySpan<float> Floats(int row) => MemoryMarshal.Cast<byte, float>(Bytes(row));

    /// <summary>Elements of an INT64 row.</summary>
    public ReadOnlySpan<long> Longs(int row) => MemoryMarshal.Cast<byte, long>(Bytes(row));

    /// <summary>Adds a row to be filled, of a shape that the tensor's own allows.</summary>
    /// <returns>Its bytes, of any content; of use until the next row is added.</returns>
    public Span<byte> Add(scoped ReadOnlySpan<int> shape, int length)
    {
        if (_free)
        {
            _shapes.AddRange(shape);
        }

        var start = _starts[^1];
        var end = checked(start + length);
        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(end, (long)_bytes.Length * 2)));
        }

        _starts.Add(end);
        return _bytes.AsSpan(start..end);
    }

    /// <summary>Adds an FP32 row to be filled.</summary>
    public Span<float> AddFloats(params scoped ReadOnlySpan<int> shape) => MemoryMarshal.Cast<byte, float>(Add(shape, Elements(shape) * sizeof(float)));

    /// <summary>Adds an INT64 row to be filled.</summary>
    public Span<long> AddLongs(params scoped ReadOnlySpan<int> shape) => MemoryMarshal.Cast<byte, long>(Add(shape, Elements(shape) * sizeof(long)));

    public void Clear()
    {
        _starts.Clear();
        _starts.Add(0);
        _shapes.Clear();
    }

    /// <summary>Product of a shape whose axes are all known.</summary>
    public static int Elements(ReadOnlySpan<int> shape)
    {
        var product = 1;
        foreach (var dimension in shape)
        {
            product = checked(product * dimension);
        }

        return product;
    }
}
