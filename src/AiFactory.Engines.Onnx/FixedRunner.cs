using System.Buffers;
using System.Numerics;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>
/// Runs models without free axes: one set of buffers for the largest batch, bound once for each number of rows. Without a batch axis every row runs alone.
/// Managed memory is taken only for BYTES outputs.
/// </summary>
internal sealed class FixedRunner : IRowRunner
{
    // Bindings are kept for every size up to this, and for the powers of two above it.
    private const int ExactRowsMax = 64;
    private const int RunRowsMax = 256;
    private const int BufferBytesMax = 16 * 1024 * 1024;

    private readonly InferenceSession _session;
    private readonly ModelSignature _signature;
    private readonly TensorBuffer[] _inputs;
    private readonly TensorBuffer[] _outputs;
    private readonly BoundRun?[] _bindings;
    private readonly int _rowsMax;

    public FixedRunner(InferenceSession session, ModelSignature signature)
    {
        (_session, _signature) = (session, signature);
        _rowsMax = signature.Batched ? Math.Clamp(BufferBytesMax / RowBytes(signature), 1, RunRowsMax) : 1;
        _inputs = [.. signature.Inputs.Select(spec => new TensorBuffer(spec, spec.RowElements, _rowsMax))];
        _outputs = [.. signature.Outputs.Select(spec => new TensorBuffer(spec, spec.RowElements, _rowsMax))];
        _bindings = new BoundRun?[_rowsMax + 1];
        BufferBytes = _inputs.Concat(_outputs).Sum(buffer => buffer.Bytes);
    }

    public long BufferBytes { get; }

    public void Run(ReadOnlySpan<ReadOnlyMemory<byte>> segments, int rows, IBufferWriter<byte> outputs, RunOptions options)
    {
        var segment = 0;
        var left = ReadOnlySpan<byte>.Empty;
        for (var done = 0; done < rows;)
        {
            var binding = Binding(RunRows(rows - done));
            for (var row = 0; row < binding.Rows; row++)
            {
                while (left.IsEmpty && segment < segments.Length)
                {
                    left = segments[segment++].Span;
                }

                left = left[Fill(binding, row, left)..];
            }

            using var made = binding.Run(options);
            Write(binding.Rows, made, outputs);
            if (made is not null)
            {
                binding.BindUnsized();
            }

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
        foreach (var binding in _bindings)
        {
            binding?.Dispose();
        }

        foreach (var buffer in _inputs.Concat(_outputs))
        {
            buffer.Dispose();
        }
    }

    private static int RowBytes(ModelSignature signature) => Math.Max(1, signature.Inputs.Concat(signature.Outputs)
        .Where(tensor => tensor.DataType != TensorDataType.Bytes)
        .Sum(tensor => checked(tensor.RowElements * PackedRows.ElementBytes(tensor.DataType))));

    private int RunRows(int rows)
    {
        var most = Math.Min(rows, _rowsMax);
        return most <= ExactRowsMax ? most : 1 << BitOperations.Log2((uint)most);
    }

    private BoundRun Binding(int rows) => _bindings[rows] ??= Bind(rows);

    private BoundRun Bind(int rows) => new(_session, _signature, _inputs, _outputs, buffer => Shape(buffer.Spec, rows), rows);

    private long[] Shape(TensorSpec spec, int rows) =>
        _signature.Batched ? [rows, .. spec.RowShape.Select(size => (long)size)] : [.. spec.RowShape.Select(size => (long)size)];

    private int Fill(BoundRun binding, int row, ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        for (var i = 0; i < _inputs.Length; i++)
        {
            var input = _inputs[i];
            if (input.IsString)
            {
                at += Texts.Fill(binding, i, row * input.RowElements, input.Spec, bytes[at..]);
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

    private void Write(int rows, IDisposableReadOnlyCollection<OrtValue>? made, IBufferWriter<byte> outputs)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < _outputs.Length; i++)
            {
                var output = _outputs[i];
                if (!output.IsString)
                {
                    outputs.Write(output.Row(row));
                    continue;
                }

                var value = made!.ElementAt(i);
                if (row == 0 && value.GetTensorTypeAndShape().ElementCount != (long)rows * output.RowElements)
                {
                    throw new InvalidDataException($"Output '{output.Spec.Name}' has {value.GetTensorTypeAndShape().ElementCount} elements for {rows} rows.");
                }

                Texts.Write(value, row * output.RowElements, output.RowElements, outputs);
            }
        }
    }
}
