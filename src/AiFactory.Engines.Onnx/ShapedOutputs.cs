using System.Buffers;
using System.Buffers.Binary;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using Microsoft.ML.OnnxRuntime;

namespace AiFactory.Engines.Onnx;

/// <summary>What one run gave, to be cut into rows. Dispose to let go of what the runtime made.</summary>
internal readonly ref struct ShapedOutputs : IDisposable
{
    private readonly ModelSignature _signature;
    private readonly TensorBuffer?[] _buffers;
    private readonly BoundRun _run;
    private readonly IDisposableReadOnlyCollection<OrtValue>? _made;
    private readonly int[]?[] _rowShapes;

    /// <exception cref="InvalidDataException">An output has not the shape that the signature gives it.</exception>
    public ShapedOutputs(ModelSignature signature, TensorBuffer?[] buffers, BoundRun run, IDisposableReadOnlyCollection<OrtValue>? made, int rows)
    {
        (_signature, _buffers, _run, _made) = (signature, buffers, run, made);
        _rowShapes = made is null ? [] : new int[]?[buffers.Length];
        for (var i = 0; i < _rowShapes.Length; i++)
        {
            if (buffers[i] is null)
            {
                _rowShapes[i] = RowShape(signature.Outputs[i], made![i].GetTensorTypeAndShape().Shape, rows);
            }
        }
    }

    public void WriteRow(int row, IBufferWriter<byte> outputs)
    {
        for (var i = 0; i < _buffers.Length; i++)
        {
            if (_buffers[i] is { } buffer)
            {
                outputs.Write(buffer.Row(row));
                continue;
            }

            var (spec, shape) = (_signature.Outputs[i], _rowShapes[i]!);
            for (var axis = 0; axis < shape.Length; axis++)
            {
                if (spec.RowShape[axis] < 0)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(outputs.GetSpan(sizeof(int)), shape[axis]);
                    outputs.Advance(sizeof(int));
                }
            }

            var elements = shape.Aggregate(1, (product, size) => checked(product * size));
            if (spec.DataType == TensorDataType.Bytes)
            {
                Texts.Write(_made![i], row * elements, elements, outputs);
            }
            else if (elements > 0)
            {
                var bytes = checked(elements * PackedRows.ElementBytes(spec.DataType));
                outputs.Write(_made![i].GetTensorMutableRawData().Slice(row * bytes, bytes));
            }
        }
    }

    public void Dispose()
    {
        _made?.Dispose();
        if (_made is not null)
        {
            _run.BindUnsized();
        }
    }

    private int[] RowShape(TensorSpec spec, long[] shape, int rows)
    {
        var rowShape = _signature.Batched ? shape.AsSpan(Math.Min(1, shape.Length)) : shape;
        var fits = rowShape.Length == spec.RowShape.Count && (!_signature.Batched || (shape.Length > 0 && shape[0] == rows));
        var sizes = new int[rowShape.Length];
        for (var i = 0; fits && i < sizes.Length; i++)
        {
            fits = spec.RowShape[i] < 0 || spec.RowShape[i] == rowShape[i];
            sizes[i] = checked((int)rowShape[i]);
        }

        return fits ? sizes : throw new InvalidDataException(
            $"Output '{spec.Name}' came with the shape [{string.Join(", ", shape)}] for {rows} rows, and its rows have [{string.Join(", ", spec.RowShape)}].");
    }
}
