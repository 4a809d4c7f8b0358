using System.Runtime.InteropServices;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>Native memory of one tensor for so many rows; of a BYTES tensor only its description.</summary>
internal sealed unsafe class TensorBuffer : IDisposable
{
    private const int Alignment = 64;

    private void* _memory;

    public TensorBuffer(TensorSpec spec, int rowElements, int rows)
    {
        (Spec, RowElements) = (spec, rowElements);
        IsString = spec.DataType == TensorDataType.Bytes;
        if (!IsString)
        {
            RowBytes = checked(rowElements * PackedRows.ElementBytes(spec.DataType));
            Bytes = (long)RowBytes * rows;
            _memory = NativeMemory.AlignedAlloc((nuint)Math.Max(Bytes, Alignment), Alignment);
        }
    }

    public TensorSpec Spec { get; }

    public bool IsString { get; }

    public int RowElements { get; }

    public int RowBytes { get; }

    public long Bytes { get; }

    public Span<byte> Row(int row) => new((byte*)_memory + ((long)row * RowBytes), RowBytes);

    /// <param name="shape">Whole shape of the tensor with so many rows.</param>
    public OrtValue CreateValue(long[] shape, int rows) => IsString
        ? OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape)
        : OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance, OnnxSignature.ElementType(Spec.DataType), shape, (nint)_memory, (long)rows * RowBytes);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
