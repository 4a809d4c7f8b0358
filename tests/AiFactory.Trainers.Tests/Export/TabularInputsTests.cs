using AiFactory.Domain.Training;
using AiFactory.Engines.Training;
using AiFactory.OnnxExport;
using AiFactory.OnnxExport.Schema;
using AiFactory.Trainers.Tests.Support;

namespace AiFactory.Trainers.Tests.Export;

public sealed class TabularInputsTests
{
    [Fact]
    public void Category_Boolean_TakesEverySpellingThatIngestionTakes() =>
        Assert.Equal([2, 2, 2, 1, 1, 1, 0, 0], Places(["false", "true"], ["true", "True", "TRUE", "false", "False", "FALSE", "", "yes"]));

    [Fact]
    public void Category_OtherText_IsTakenAsWritten() => Assert.Equal([1, 2, 0, 0], Places(["maybe", "true"], ["maybe", "true", "True", "Maybe"]));

    private static float[] Places(string[] vocabulary, string[] values)
    {
        var (graph, inputs) = TabularInputs.Declare("places", [new Feature("flag", FeatureKind.Categorical)]);
        var place = graph.Node("Cast", [inputs.Category("flag", vocabulary)], OnnxAttribute.Of("to", (long)TensorProto.Types.DataType.Float));
        inputs.Output(graph.Node("Unsqueeze", [place, graph.Constant([1L], 1)]));
        var table = new TrainingTable([new CategoricalColumn("flag", values)], new bool[values.Length], "label", "no", "yes");
        return OnnxScorer.Score(graph.ToBytes(), table, [.. Enumerable.Range(0, values.Length)]);
    }
}
