using System.Runtime.InteropServices;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>Inputs and outputs bound once for one number of rows; running it again makes no managed object for fixed-width models.</summary>
internal sealed class BatchBinding : IDisposable
{
    private readonly OrtIoBinding _binding;
    private readonly List<OrtValue> _values = [];
    private readonly OrtValue?[] _inputStrings;
    private readonly bool _stringOutputs;

    public BatchBinding(InferenceSession session, TensorBuffer[] inputs, TensorBuffer[] outputs, int rows)
    {
        Rows = rows;
        _binding = session.CreateIoBinding();
        _inputStrings = new OrtValue?[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            var value = inputs[i].CreateValue(rows);
            _values.Add(value);
            _inputStrings[i] = inputs[i].IsString ? value : null;
            _binding.BindInput(inputs[i].Spec.Name, value);
        }

        foreach (var output in outputs)
        {
            if (output.IsString)
            {
                // Strings have no preallocated size: the runtime makes them anew each time.
                _stringOutputs = true;
                _binding.BindOutputToDevice(output.Spec.Name, OrtMemoryInfo.DefaultInstance);
                continue;
            }

            var value = output.CreateValue(rows);
            _values.Add(value);
            _binding.BindOutput(output.Spec.Name, value);
        }
    }

    public int Rows { get; }

    public void SetString(int input, int element, ReadOnlySpan<byte> utf8) => _inputStrings[input]!.StringTensorSetElementAt(utf8, element);

    /// <summary>Runs the model; the outputs, in signature order, are given only where one is of strings.</summary>
    public IDisposableReadOnlyCollection<OrtValue>? Run(InferenceSession session, RunOptions options)
    {
        session.RunWithBinding(options, _binding);
        return _stringOutputs ? _binding.GetOutputValues() : null;
    }

    public void Dispose()
    {
        _binding.Dispose();
        foreach (var value in _values)
        {
            value.Dispose();
        }
    }
}

/// <summary>Native memory of one fixed-width tensor for the largest batch; of a BYTES tensor only its description.</summary>
internal sealed unsafe class TensorBuffer : IDisposable
{
    private const int Alignment = 64;

    private void* _memory;

    public TensorBuffer(TensorSpec spec, int rowsMax)
    {
        Spec = spec;
        IsString = spec.DataType == TensorDataType.Bytes;
        if (!IsString)
        {
            RowBytes = spec.RowElements * PackedRows.ElementBytes(spec.DataType);
            _memory = NativeMemory.AlignedAlloc((nuint)RowBytes * (nuint)rowsMax, Alignment);
        }
    }

    public TensorSpec Spec { get; }

    public bool IsString { get; }

    public int RowBytes { get; }

    public Span<byte> Row(int row) => new((byte*)_memory + ((long)row * RowBytes), RowBytes);

    public OrtValue CreateValue(int rows)
    {
        long[] shape = [rows, .. Spec.RowShape];
        return IsString
            ? OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, shape)
            : OrtValue.CreateTensorValueWithData(
                OrtMemoryInfo.DefaultInstance, OnnxSignature.ElementType(Spec.DataType), shape, (nint)_memory, (long)rows * RowBytes);
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
