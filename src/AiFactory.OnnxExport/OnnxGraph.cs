using System.Runtime.InteropServices;
using AiFactory.OnnxExport.Schema;
using Google.Protobuf;

namespace AiFactory.OnnxExport;

/// <summary>
/// Builds an ONNX model: declare inputs, add constants and nodes, declare outputs, write. Values are named by the strings that the methods
/// return; names made up here never meet a declared input's or output's. The same calls give the same bytes.
/// </summary>
public sealed class OnnxGraph
{
    /// <summary>The standard operators' domain.</summary>
    public const string StandardDomain = "";

    /// <summary>Domain of the classical machine-learning operators.</summary>
    public const string MachineLearningDomain = "ai.onnx.ml";

    private const int IrVersion = 8;
    private const int StandardOpset = 17;
    private const int MachineLearningOpset = 3;
    private const string BatchAxis = "N";

    private readonly ModelProto _model;
    private readonly HashSet<string> _reserved;
    private int _made;

    /// <param name="reserved">Names that inputs and outputs will bear; nothing else gets them.</param>
    public OnnxGraph(string name, IEnumerable<string> reserved)
    {
        _reserved = new(reserved, StringComparer.Ordinal);
        _model = new() { IrVersion = IrVersion, ProducerName = "aifactory", Graph = new() { Name = name } };
        _model.OpsetImport.Add(new OperatorSetIdProto { Domain = StandardDomain, Version = StandardOpset });
        _model.OpsetImport.Add(new OperatorSetIdProto { Domain = MachineLearningDomain, Version = MachineLearningOpset });
    }

    /// <summary>Declares an input of shape [N, columns].</summary>
    public string Input(string name, TensorProto.Types.DataType type, int columns)
    {
        _reserved.Add(name);
        _model.Graph.Input.Add(Value(name, type, columns));
        return name;
    }

    /// <summary>Declares a value as output of shape [N, columns].</summary>
    public void Output(string name, TensorProto.Types.DataType type, int columns) =>
        _model.Graph.Output.Add(Value(name, type, columns));

    /// <summary>A constant FP32 tensor, row-major.</summary>
    public string Constant(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        Constant(TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes(values), values.Length, shape);

    /// <summary>A constant INT64 tensor, row-major.</summary>
    public string Constant(ReadOnlySpan<long> values, params ReadOnlySpan<long> shape) =>
        Constant(TensorProto.Types.DataType.Int64, MemoryMarshal.AsBytes(values), values.Length, shape);

    /// <summary>A node of the standard domain with one output, whose name is returned.</summary>
    public string Node(string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) =>
        Node(operation, inputs, Fresh(operation), StandardDomain, attributes);

    /// <summary>A node with one output of the given name, which is returned.</summary>
    public string Node(
        string operation, ReadOnlySpan<string> inputs, string output, string domain = StandardDomain, params ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = operation, Name = Fresh(operation), Domain = domain };
        node.Input.AddRange(inputs.ToArray());
        node.Output.Add(output);
        node.Attribute.AddRange(attributes.ToArray());
        _model.Graph.Node.Add(node);
        return output;
    }

    /// <summary>A name nothing else in the graph bears.</summary>
    public string Fresh(string stem)
    {
        string name;
        do
        {
            name = $"{stem}_{_made++}";
        }
        while (_reserved.Contains(name));
        return name;
    }

    /// <summary>A fact about the model, kept in the file.</summary>
    public void Metadata(string key, string value) => _model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });

    /// <summary>The model's file.</summary>
    public byte[] ToBytes() => _model.ToByteArray();

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, int columns)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = BatchAxis });
        shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = columns });
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = shape } } };
    }

    private string Constant(TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes, int elements, ReadOnlySpan<long> shape)
    {
        long product = 1;
        foreach (var dimension in shape)
        {
            product *= dimension;
        }

        if (product != elements)
        {
            throw new ArgumentException($"{elements} values do not fill a shape of {product}.", nameof(shape));
        }

        var tensor = new TensorProto { Name = Fresh("constant"), DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.AddRange(shape.ToArray());
        _model.Graph.Initializer.Add(tensor);
        return tensor.Name;
    }
}
