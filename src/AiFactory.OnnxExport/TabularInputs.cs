using AiFactory.Domain.Training;
using AiFactory.OnnxExport.Schema;

namespace AiFactory.OnnxExport;

/// <summary>
/// The entrance of a model over table columns: one input a feature, in feature order, [N,1] FP32 (NaN where missing) or [N,1] strings
/// (empty where missing).
/// </summary>
public sealed class TabularInputs
{
    private readonly OnnxGraph _graph;
    private readonly List<string> _numeric = [];

    private TabularInputs(OnnxGraph graph) => _graph = graph;

    /// <summary>A graph whose inputs are declared, and its entrance.</summary>
    public static (OnnxGraph Graph, TabularInputs Inputs) Declare(string name, IReadOnlyList<Feature> features)
    {
        var graph = new OnnxGraph(name, features.Select(feature => feature.Name).Append(FeatureSelection.OutputName));
        var inputs = new TabularInputs(graph);
        foreach (var feature in features)
        {
            if (feature.Kind == FeatureKind.Numeric)
            {
                inputs._numeric.Add(graph.Input(feature.Name, TensorProto.Types.DataType.Float, 1));
            }
            else
            {
                graph.Input(feature.Name, TensorProto.Types.DataType.String, 1);
            }
        }

        return (graph, inputs);
    }

    /// <summary>All numeric features side by side as they came, [N,F]; null when there are none.</summary>
    public string? Numeric() => _numeric.Count == 0 ? null : _graph.Node("Concat", _numeric.ToArray(), OnnxAttribute.Of("axis", 1L));

    /// <summary>
    /// A categorical feature as [N] INT64: the value's place in the vocabulary plus one, and 0 for a missing or unknown value. A feature of
    /// <c>true</c> and <c>false</c> takes <c>True</c> and <c>TRUE</c> too, as ingestion does: the same file must decide as it trained.
    /// </summary>
    public string Category(string name, IReadOnlyList<string> vocabulary)
    {
        // An encoder needs at least one key; the empty string is never a category, so mapping it to 0 changes nothing.
        var keys = vocabulary.Select((value, index) => (value, place: index + 1L)).Prepend((value: "", place: 0L)).ToList();
        if (vocabulary.All(value => value is "true" or "false"))
        {
            keys.AddRange(vocabulary.SelectMany((value, index) => new[] { value.ToUpperInvariant(), char.ToUpperInvariant(value[0]) + value[1..] }.Select(text => (text, index + 1L))));
        }

        var encoded = _graph.Node("LabelEncoder", [name], _graph.Fresh("category"), OnnxGraph.MachineLearningDomain,
            OnnxAttribute.Of("keys_strings", keys.Select(key => key.value)),
            OnnxAttribute.Of("values_int64s", keys.Select(key => key.place)),
            OnnxAttribute.Of("default_int64", 0L));
        return _graph.Node("Squeeze", [encoded, _graph.Constant([1L], 1)]);
    }

    /// <summary>Names a [N,1] value the model's output and closes the graph over it.</summary>
    public void Output(string probability)
    {
        _graph.Node("Identity", [probability], FeatureSelection.OutputName);
        _graph.Output(FeatureSelection.OutputName, TensorProto.Types.DataType.Float, 1);
    }
}
