using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>Buffers of one number of rows whose free axes have the same sizes.</summary>
internal sealed class ShapedBinding : IDisposable
{
    private readonly ModelSignature _signature;
    private readonly TensorBuffer[] _inputs;
    private readonly TensorBuffer?[] _outputs;
    private readonly BoundRun _run;

    /// <param name="sizes">Of the inputs' free axes, in signature order.</param>
    public ShapedBinding(InferenceSession session, ModelSignature signature, int rows, int[] sizes)
    {
        (_signature, Rows, Sizes) = (signature, rows, sizes);
        var shapes = InputShapes(signature, rows, sizes);
        _inputs = [.. signature.Inputs.Select((spec, i) => new TensorBuffer(spec, RowElements(shapes[i], rows), rows))];
        _outputs = [.. signature.Outputs.Select(spec => spec.FreeAxes > 0 || spec.DataType == TensorDataType.Bytes ? null : new TensorBuffer(spec, spec.RowElements, rows))];
        Bytes = _inputs.Concat(_outputs).Sum(buffer => buffer?.Bytes ?? 0);
        try
        {
            _run = new(session, signature, _inputs, _outputs,
                buffer => Array.IndexOf(_inputs, buffer) is >= 0 and var input ? shapes[input] : Shape(signature, buffer.Spec.RowShape, rows), rows);
        }
        catch
        {
            Free();
            throw;
        }
    }

    public int Rows { get; }

    public int[] Sizes { get; }

    public long Bytes { get; }

    /// <summary>Takes over a packed row.</summary>
    public void Fill(int row, ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < _inputs.Length; i++)
        {
            var input = _inputs[i];
            if (input.IsString)
            {
                bytes = bytes[Texts.Fill(_run, i, row * input.RowElements, input.Spec, bytes)..];
                continue;
            }

            bytes = bytes[PackedRows.ShapeBytes(input.Spec)..];
            bytes[..input.RowBytes].CopyTo(input.Row(row));
            bytes = bytes[input.RowBytes..];
        }
    }

    public ShapedOutputs Run(RunOptions options) => new(_signature, _outputs, _run, _run.Run(options), Rows);

    public void Dispose()
    {
        _run.Dispose();
        Free();
    }

    private static long[][] InputShapes(ModelSignature signature, int rows, int[] sizes)
    {
        var next = 0;
        return [.. signature.Inputs.Select(spec => Shape(signature, [.. spec.RowShape.Select(size => size < 0 ? sizes[next++] : size)], rows))];
    }

    private static long[] Shape(ModelSignature signature, IReadOnlyList<int> rowShape, int rows) =>
        signature.Batched ? [rows, .. rowShape.Select(size => (long)size)] : [.. rowShape.Select(size => (long)size)];

    private static int RowElements(long[] shape, int rows) => checked((int)(shape.Aggregate(1L, (product, size) => checked(product * size)) / rows));

    private void Free()
    {
        foreach (var buffer in _inputs.Concat(_outputs))
        {
            buffer?.Dispose();
        }
    }
}
