using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace AiFactory.Engines.Onnx;

/// <summary>Reads a model's signature from the session, and refuses what has no name in the protocol.</summary>
internal static class OnnxSignature
{
    public static ModelSignature Of(InferenceSession session)
    {
        if (session.InputNames.Count == 0)
        {
            throw Unsupported("The model has no input.", "inputs", "Export it with at least one input tensor.");
        }

        var inputs = session.InputNames.Select(name => Tensor("Input", name, session.InputMetadata[name])).ToArray();
        var outputs = session.OutputNames.Select(name => Tensor("Output", name, session.OutputMetadata[name])).ToArray();
        var batched = BatchAxis.Exists([
            .. session.InputNames.Select(name => Axes(session.InputMetadata[name])), .. session.OutputNames.Select(name => Axes(session.OutputMetadata[name]))]);
        return batched ? new([.. inputs.Select(Row)], [.. outputs.Select(Row)]) : new([.. inputs.Select(Named)], [.. outputs.Select(Named)], Batched: false);
    }

    public static TensorElementType ElementType(TensorDataType type) => type switch
    {
        TensorDataType.Bool => TensorElementType.Bool,
        TensorDataType.UInt8 => TensorElementType.UInt8,
        TensorDataType.UInt16 => TensorElementType.UInt16,
        TensorDataType.UInt32 => TensorElementType.UInt32,
        TensorDataType.UInt64 => TensorElementType.UInt64,
        TensorDataType.Int8 => TensorElementType.Int8,
        TensorDataType.Int16 => TensorElementType.Int16,
        TensorDataType.Int32 => TensorElementType.Int32,
        TensorDataType.Int64 => TensorElementType.Int64,
        TensorDataType.Fp16 => TensorElementType.Float16,
        TensorDataType.Fp32 => TensorElementType.Float,
        TensorDataType.Fp64 => TensorElementType.Double,
        TensorDataType.Bytes => TensorElementType.String,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There is no such tensor element type."),
    };

    private static TensorSpec Tensor(string role, string name, NodeMetadata metadata)
    {
        if (!metadata.IsTensor)
        {
            throw Unsupported($"{role} '{name}' is a {metadata.OnnxValueType}, not a tensor.", name,
                "Export the model with tensors only, e.g. without ZipMap.");
        }

        if (Enum.GetValues<TensorDataType>().Where(type => ElementType(type) == metadata.ElementDataType).Cast<TensorDataType?>().FirstOrDefault()
            is not { } dataType)
        {
            throw Unsupported($"{role} '{name}' has elements of type {metadata.ElementDataType}.", name, "Cast it to FP32 in the graph.");
        }

        return new(name, dataType, metadata.Dimensions, Names(metadata));
    }

    private static TensorAxes Axes(NodeMetadata metadata) => new(metadata.Dimensions, metadata.SymbolicDimensions);

    private static TensorSpec Row(TensorSpec tensor) => Named(new(tensor.Name, tensor.DataType, [.. tensor.RowShape.Skip(1)], tensor.AxisNames?.Skip(1).ToArray()));

    private static string[] Names(NodeMetadata metadata) => metadata.SymbolicDimensions.Select((name, axis) => metadata.Dimensions[axis] < 0 ? name : "").ToArray();

    // Names of fixed axes, and of the batch, are of no use to anybody.
    private static TensorSpec Named(TensorSpec tensor) => tensor.AxisNames is { } names && names.All(name => name.Length == 0) ? tensor with { AxisNames = null } : tensor;

    private static RefusedException Unsupported(string what, string where, string mend) =>
        new(new Refusal("signature-unsupported", RefusalKind.Unprocessable, what, where, mend));
}
