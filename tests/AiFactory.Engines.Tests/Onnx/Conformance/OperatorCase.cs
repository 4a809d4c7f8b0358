using System.Buffers;
using System.Runtime.InteropServices;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;

namespace AiFactory.Engines.Tests.Onnx.Conformance;

/// <summary>One case of the public operator tests: a model, and for each data set inputs and the outputs to be expected.</summary>
internal static class OperatorCase
{
    // As the public test runner compares.
    private const double RelativeTolerance = 1e-3;
    private const double AbsoluteTolerance = 1e-7;

    /// <returns>Null when every output of every data set is as expected; else why not.</returns>
    public static string? Run(IInferenceEngine engine, string folder)
    {
        try
        {
            using var model = engine.Load(Path.Combine(folder, "model.onnx"));
            foreach (var data in Directory.GetDirectories(folder, "test_data_set_*").Order(StringComparer.Ordinal))
            {
                if (RunOnce(model, data) is { } wrong)
                {
                    return wrong;
                }
            }

            return null;
        }
#pragma warning disable CA1031 // Whatever goes wrong is what the run is there to tell.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return failure.Message.ReplaceLineEndings(" ");
        }
    }

    private static string? RunOnce(IInferenceModel model, string data)
    {
        var signature = model.Signature;
        var inputs = Tensors(data, "input", signature.Inputs.Count);
        var expected = Tensors(data, "output", signature.Outputs.Count);
        var rows = signature.Batched ? inputs[0].Shape[0] : 1;
        var outputs = new ArrayBufferWriter<byte>();
        model.Run([Pack(signature, inputs, rows)], rows, outputs);
        return Compare(signature, expected, rows, outputs.WrittenSpan);
    }

    private static TensorFile[] Tensors(string data, string kind, int count) =>
        [.. Enumerable.Range(0, count).Select(i => TensorFile.Read(Path.Combine(data, $"{kind}_{i}.pb")))];

    private static byte[] Pack(ModelSignature signature, TensorFile[] inputs, int rows)
    {
        var packed = new ArrayBufferWriter<byte>();
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                var (spec, tensor) = (signature.Inputs[i], inputs[i]);
                var sizes = RowSizes(signature, tensor);
                for (var axis = 0; axis < sizes.Length; axis++)
                {
                    if (spec.RowShape[axis] < 0)
                    {
                        packed.Write(BitConverter.GetBytes(sizes[axis]));
                    }
                }

                packed.Write(RowElements(tensor, rows, row));
            }
        }

        return packed.WrittenSpan.ToArray();
    }

    private static string? Compare(ModelSignature signature, TensorFile[] expected, int rows, ReadOnlySpan<byte> packed)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var i = 0; i < expected.Length; i++)
            {
                var spec = signature.Outputs[i];
                var sizes = new int[spec.RowShape.Count];
                for (var axis = 0; axis < sizes.Length; axis++)
                {
                    sizes[axis] = PackedRows.Size(spec, packed, axis);
                }

                var length = PackedRows.TensorLength(spec, packed);
                if (!sizes.SequenceEqual(RowSizes(signature, expected[i])) || spec.DataType != expected[i].DataType)
                {
                    return $"Output {spec.Name} is {spec.DataType}[{string.Join(',', sizes)}], not {expected[i].DataType}[{string.Join(',', expected[i].Shape)}].";
                }

                if (!Same(spec.DataType, packed[PackedRows.ShapeBytes(spec)..length], RowElements(expected[i], rows, row)))
                {
                    return $"Output {spec.Name} has other values.";
                }

                packed = packed[length..];
            }
        }

        return null;
    }

    private static int[] RowSizes(ModelSignature signature, TensorFile tensor) => signature.Batched ? tensor.Shape[1..] : tensor.Shape;

    private static ReadOnlySpan<byte> RowElements(TensorFile tensor, int rows, int row)
    {
        if (rows == 1)
        {
            return tensor.Elements;
        }

        var length = tensor.DataType != TensorDataType.Bytes
            ? tensor.Elements.Length / rows
            : throw new NotSupportedException("Batches of texts are not taken apart here.");
        return tensor.Elements.AsSpan(row * length, length);
    }

    private static bool Same(TensorDataType type, ReadOnlySpan<byte> got, ReadOnlySpan<byte> expected)
    {
        if (got.SequenceEqual(expected))
        {
            return true;
        }

        return got.Length == expected.Length && type switch
        {
            TensorDataType.Fp16 => Close(MemoryMarshal.Cast<byte, Half>(got), MemoryMarshal.Cast<byte, Half>(expected), value => (double)value),
            TensorDataType.Fp32 => Close(MemoryMarshal.Cast<byte, float>(got), MemoryMarshal.Cast<byte, float>(expected), value => value),
            TensorDataType.Fp64 => Close(MemoryMarshal.Cast<byte, double>(got), MemoryMarshal.Cast<byte, double>(expected), value => value),
            _ => false,
        };
    }

    private static bool Close<T>(ReadOnlySpan<T> got, ReadOnlySpan<T> expected, Func<T, double> real)
    {
        for (var i = 0; i < got.Length; i++)
        {
            var (a, b) = (real(got[i]), real(expected[i]));
            if (!a.Equals(b) && !(Math.Abs(a - b) <= AbsoluteTolerance + (RelativeTolerance * Math.Abs(b))))
            {
                return false;
            }
        }

        return true;
    }
}
