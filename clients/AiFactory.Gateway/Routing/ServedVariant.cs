using System.Diagnostics;
using System.Text.Json;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Engines.Inference;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Protection;
using AiFactory.Gateway.Rows;
using AiFactory.Gateway.Traffic;
using AiFactory.Gateway.Workers;

namespace AiFactory.Gateway.Routing;

/// <summary>A variant with everything that its requests need, made ready once a route changes.</summary>
internal sealed class ServedVariant
{
    private readonly TagList _tags;

    public ServedVariant(EndpointRoute endpoint, VariantRoute route, FeatureRowReader reader, Lane[] lanes, VariantCounters? counters = null)
    {
        (Route, Reader, Lanes, Counters) = (route, reader, lanes, counters ?? new());
        Active = route.Active > 0 ? Math.Min(route.Active, lanes.Length) : lanes.Length;
        Near = [.. lanes[..Active].Where(lane => lane.IsNear)];
        Outputs = new(route.Signature.Outputs);
        Remembers = route.Signature.Sequence is not null;
        InputNames = new([.. route.Signature.Inputs.Select(input => input.Name)]);
        OutputNames = new([.. route.Signature.Outputs.Select(output => output.Name)]);
        OutputNamesJson = [.. route.Signature.Outputs.Select(output => Encode(output.Name))];
        ModelText = route.Model.ToString();
        NameJson = Encode(route.Name);
        ModelJson = Encode(ModelText);
        ScoreIndex = route.Classes is { } classes ? IndexOf(route.Signature.Outputs, classes.Output) : -1;
        PositiveJson = Encode(route.Classes?.Positive ?? "");
        NegativeJson = Encode(route.Classes?.Negative ?? "");
        _tags = new() { { "endpoint", endpoint.Endpoint }, { "variant", route.Name }, { "version", ModelText } };
    }

    public VariantRoute Route { get; }

    /// <summary>What stands before it at this gateway.</summary>
    public required VariantShield Shield { get; init; }

    public FeatureRowReader Reader { get; }

    /// <summary>To every replica, in order of preference.</summary>
    public Lane[] Lanes { get; }

    /// <summary>What became of its requests; the same over changes of the route.</summary>
    public VariantCounters Counters { get; }

    /// <summary>How many of <see cref="Lanes"/>, from the first on, share the load; the others stand by.</summary>
    public int Active { get; }

    /// <summary>Those that share the load and lead to workers of this process.</summary>
    public Lane[] Near { get; }

    public PackedRows Outputs { get; }

    /// <summary>
    /// Whether the model keeps state between the requests of a sequence: they then go to one replica, each once, and no answer stands for another.
    /// </summary>
    public bool Remembers { get; }

    public NameTable InputNames { get; }

    public NameTable OutputNames { get; }

    public byte[][] OutputNamesJson { get; }

    /// <summary><c>name@version</c>.</summary>
    public string ModelText { get; }

    /// <summary>Number of the output that holds the positive class's probability; -1 for models without classes.</summary>
    public int ScoreIndex { get; }

    public byte[] NameJson { get; }

    public byte[] ModelJson { get; }

    public byte[] PositiveJson { get; }

    public byte[] NegativeJson { get; }

    public ref readonly TagList Tags => ref _tags;

    private static byte[] Encode(string text) => JsonSerializer.SerializeToUtf8Bytes(text);

    private static int IndexOf(IReadOnlyList<TensorSpec> tensors, string name)
    {
        for (var i = 0; i < tensors.Count; i++)
        {
            if (tensors[i].Name == name && tensors[i].RowElements == 1 && tensors[i].DataType is TensorDataType.Fp16 or TensorDataType.Fp32 or TensorDataType.Fp64)
            {
                return i;
            }
        }

        return -1;
    }
}
