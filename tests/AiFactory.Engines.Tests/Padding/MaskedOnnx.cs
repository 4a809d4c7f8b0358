using System.Runtime.InteropServices;
using AiFactory.OnnxExport.Schema;
using Google.Protobuf;
using ElementType = AiFactory.OnnxExport.Schema.TensorProto.Types.DataType;

namespace AiFactory.Engines.Tests.Padding;

/// <summary>
/// Graphs over rows of any length: <c>mean</c> of the elements (where there is a mask, of those it names) and <c>centred</c>, each element without the mean.
/// </summary>
internal static class MaskedOnnx
{
    public const int Width = 3;

    /// <param name="masked">Whether a mask says which elements are a row's own; without one, padding changes the answer.</param>
    public static byte[] Graph(bool masked)
    {
        var graph = new GraphProto { Name = "centre" };
        graph.Input.Add(Value("x", ElementType.Float, "batch", "length", Width));
        graph.Initializer.Add(Axis("one", 1));
        graph.Initializer.Add(Axis("last", -1));
        if (masked)
        {
            graph.Input.Add(Value("mask", ElementType.Int64, "batch", "length"));
            graph.Node.Add(Node("Cast", "kept", ["mask"], new AttributeProto { Name = "to", Type = AttributeProto.Types.AttributeType.Int, I = (long)ElementType.Float }));
            graph.Node.Add(Node("Unsqueeze", "weights", ["kept", "last"]));
            graph.Node.Add(Node("Mul", "own", ["x", "weights"]));
            graph.Node.Add(Node("ReduceSum", "count", ["kept", "one"]));
        }
        else
        {
            graph.Node.Add(Node("Identity", "own", ["x"]));
            graph.Node.Add(Node("Shape", "sizes", ["x"]));
            graph.Node.Add(Node("Gather", "length", ["sizes", "one"]));
            graph.Node.Add(Node("Cast", "count", ["length"], new AttributeProto { Name = "to", Type = AttributeProto.Types.AttributeType.Int, I = (long)ElementType.Float }));
        }

        graph.Node.Add(Node("ReduceSum", "sum", ["own", "one"], new AttributeProto { Name = "keepdims", Type = AttributeProto.Types.AttributeType.Int, I = 0 }));
        graph.Node.Add(Node("Div", "mean", ["sum", "count"]));
        graph.Node.Add(Node("Unsqueeze", "middle", ["mean", "one"]));
        graph.Node.Add(Node("Sub", "centred", ["x", "middle"]));
        graph.Output.Add(Value("mean", ElementType.Float, "batch", Width));
        graph.Output.Add(Value("centred", ElementType.Float, "batch", "length", Width));
        var model = new ModelProto { IrVersion = 8, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = 17 });
        return model.ToByteArray();
    }

    private static NodeProto Node(string operation, string output, string[] inputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = operation, Name = output };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        return node;
    }

    private static TensorProto Axis(string name, long axis)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)ElementType.Int64, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes([axis])) };
        tensor.Dims.Add(1);
        return tensor;
    }

    private static ValueInfoProto Value(string name, ElementType type, params object[] axes)
    {
        var shape = new TensorShapeProto();
        shape.Dim.AddRange(axes.Select(axis => axis is string free ? new TensorShapeProto.Types.Dimension { DimParam = free } : new TensorShapeProto.Types.Dimension { DimValue = (int)axis }));
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = shape } } };
    }
}
