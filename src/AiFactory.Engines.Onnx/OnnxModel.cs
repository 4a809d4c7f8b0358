using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>An ONNX graph in memory.</summary>
internal sealed class OnnxModel : IInferenceModel
{
    // Bindings are kept for every size up to this, and for the powers of two above it.
    private const int ExactRowsMax = 64;
    private const int RunRowsMax = 256;
    private const int BufferBytesMax = 16 * 1024 * 1024;

    private readonly InferenceSession _session;
    private readonly RunOptions _options = new();
    private readonly TensorBuffer[] _inputs;
    private readonly TensorBuffer[] _outputs;
    private readonly BatchBinding?[] _bindings;
    private readonly int _rowsMax;
    private bool _disposed;

    public OnnxModel(InferenceSession session)
    {
        _session = session;
        Signature = OnnxSignature.Of(session);
        _rowsMax = Math.Clamp(BufferBytesMax / RowBytes(Signature), 1, RunRowsMax);
        _inputs = [.. Signature.Inputs.Select(spec => new TensorBuffer(spec, _rowsMax))];
        _outputs = [.. Signature.Outputs.Select(spec => new TensorBuffer(spec, _rowsMax))];
        _bindings = new BatchBinding?[_rowsMax + 1];
    }

    public ModelSignature Signature { get; }

    public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var segment = 0;
        var left = ReadOnlySpan<byte>.Empty;
        for (var done = 0; done < rows;)
        {
            var binding = Binding(RunRows(rows - done));
            for (var row = 0; row < binding.Rows; row++)
            {
                while (left.IsEmpty)
                {
                    left = segment < segments.Length
                        ? segments[segment++].Span
                        : throw new InvalidDataException($"There are {done + row} rows, not {rows}.");
                }

                left = left[Fill(binding, row, left)..];
            }

            using var strings = binding.Run(_session, _options);
            Write(binding.Rows, strings, outputs);
            done += binding.Rows;
        }

        while (left.IsEmpty && segment < segments.Length)
        {
            left = segments[segment++].Span;
        }

        if (!left.IsEmpty)
        {
            throw new InvalidDataException($"There are more bytes than {rows} rows have.");
        }
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        foreach (var binding in _bindings)
        {
            binding?.Dispose();
        }

        foreach (var buffer in _inputs.Concat(_outputs))
        {
            buffer.Dispose();
        }

        _options.Dispose();
        _session.Dispose();
    }

    private static int RowBytes(ModelSignature signature) => Math.Max(1, signature.Inputs.Concat(signature.Outputs)
        .Where(tensor => tensor.DataType != TensorDataType.Bytes)
        .Sum(tensor => checked(tensor.RowElements * PackedRows.ElementBytes(tensor.DataType))));

    private int RunRows(int rows)
    {
        var most = Math.Min(rows, _rowsMax);
        return most <= ExactRowsMax ? most : 1 << BitOperations.Log2((uint)most);
    }

    private BatchBinding Binding(int rows) => _bindings[rows] ??= new(_session, _inputs, _outputs, rows);

    private int Fill(BatchBinding binding, int row, ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        for (var i = 0; i < _inputs.Length; i++)
        {
            var input = _inputs[i];
            if (input.IsString)
            {
                at += FillStrings(binding, i, row, bytes[at..]);
                continue;
            }

            if (bytes.Length - at < input.RowBytes)
            {
                throw new InvalidDataException($"The bytes end inside tensor '{input.Spec.Name}' of a row.");
            }

            bytes.Slice(at, input.RowBytes).CopyTo(input.Row(row));
            at += input.RowBytes;
        }

        return at;
    }

    private int FillStrings(BatchBinding binding, int input, int row, ReadOnlySpan<byte> bytes)
    {
        var spec = _inputs[input].Spec;
        var length = PackedRows.TensorLength(spec, bytes);
        var at = 0;
        for (var i = 0; i < spec.RowElements; i++)
        {
            var size = BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
            binding.SetString(input, (row * spec.RowElements) + i, bytes.Slice(at + sizeof(int), size));
            at += sizeof(int) + size;
        }

        return length;
    }

    private void Write(int rows, IDisposableReadOnlyCollection<OrtValue>? strings, IBufferWriter<byte> outputs)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < _outputs.Length; i++)
            {
                if (_outputs[i].IsString)
                {
                    WriteStrings(strings!.ElementAt(i), row, rows, _outputs[i].Spec, outputs);
                }
                else
                {
                    outputs.Write(_outputs[i].Row(row));
                }
            }
        }
    }

    private static void WriteStrings(OrtValue value, int row, int rows, TensorSpec spec, IBufferWriter<byte> outputs)
    {
        if (row == 0 && value.GetTensorTypeAndShape().ElementCount != (long)rows * spec.RowElements)
        {
            throw new InvalidDataException($"Output '{spec.Name}' has {value.GetTensorTypeAndShape().ElementCount} elements for {rows} rows.");
        }

        for (var i = 0; i < spec.RowElements; i++)
        {
            var text = value.GetStringElementAsSpan((row * spec.RowElements) + i);
            BinaryPrimitives.WriteInt32LittleEndian(outputs.GetSpan(sizeof(int)), text.Length);
            outputs.Advance(sizeof(int));
            outputs.Write(text);
        }
    }
}
