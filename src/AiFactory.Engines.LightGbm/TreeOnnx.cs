using AiFactory.Domain.Models;
using AiFactory.Engines.Training;
using AiFactory.OnnxExport;
using AiFactory.OnnxExport.Schema;

namespace AiFactory.Engines.LightGbm;

/// <summary>Writes the trees with their preprocessing as an ONNX graph.</summary>
internal static class TreeOnnx
{
    public static byte[] Export(TableFit fit, TreeFeatures features, TreeEnsemble ensemble, BinaryClasses classes)
    {
        var (graph, inputs) = TabularInputs.Declare("lightgbm", fit.Features);
        var parts = new List<string>();
        if (inputs.Numeric() is { } numeric)
        {
            var missing = graph.Node("IsNaN", [numeric]);
            var fills = features.Fills;
            parts.Add(graph.Node("Where", [missing, graph.Constant(fills, fills.Length), numeric]));
            if (features.Indicators.Length > 0)
            {
                var indicators = graph.Constant(features.Indicators, features.Indicators.Length);
                var flags = graph.Node("Gather", [missing, indicators], OnnxAttribute.Of("axis", 1L));
                parts.Add(graph.Node("Cast", [flags], OnnxAttribute.Of("to", (long)TensorProto.Types.DataType.Float)));
            }
        }

        foreach (var column in fit.Categorical)
        {
            var category = inputs.Category(column.Column.Name, column.Vocabulary);
            parts.Add(graph.Node("OneHot", [category, graph.Constant([column.Vocabulary.Length + 1L], 1), graph.Constant([0f, 1f], 2)]));
        }

        var row = parts.Count == 1 ? parts[0] : graph.Node("Concat", parts.ToArray(), OnnxAttribute.Of("axis", 1L));
        var sum = graph.Node("TreeEnsembleRegressor", [row], graph.Fresh("sum"), OnnxGraph.MachineLearningDomain, Attributes(ensemble));
        inputs.Output(graph.Node("Sigmoid", [sum]));
        graph.Metadata("negative_class", classes.Negative);
        graph.Metadata("positive_class", classes.Positive);
        return graph.ToBytes();
    }

    /// <summary>The trees as parallel lists; leaf values carry the slope, the base value the offset.</summary>
    private static AttributeProto[] Attributes(TreeEnsemble ensemble)
    {
        var nodes = new NodeLists();
        for (var tree = 0; tree < ensemble.Trees.Count; tree++)
        {
            nodes.Add(tree, ensemble.Trees[tree], ensemble.Slope);
        }

        return
        [
            OnnxAttribute.Of("aggregate_function", "SUM"),
            OnnxAttribute.Of("base_values", [(float)ensemble.Offset]),
            OnnxAttribute.Of("n_targets", 1L),
            OnnxAttribute.Of("nodes_falsenodeids", nodes.False),
            OnnxAttribute.Of("nodes_featureids", nodes.Features),
            OnnxAttribute.Of("nodes_modes", nodes.Modes),
            OnnxAttribute.Of("nodes_nodeids", nodes.Ids),
            OnnxAttribute.Of("nodes_treeids", nodes.Trees),
            OnnxAttribute.Of("nodes_truenodeids", nodes.True),
            OnnxAttribute.Of("nodes_values", nodes.Thresholds),
            OnnxAttribute.Of("post_transform", "NONE"),
            OnnxAttribute.Of("target_ids", nodes.LeafTrees.Select(_ => 0L)),
            OnnxAttribute.Of("target_nodeids", nodes.LeafIds),
            OnnxAttribute.Of("target_treeids", nodes.LeafTrees),
            OnnxAttribute.Of("target_weights", nodes.LeafValues),
        ];
    }

    /// <summary>Inner nodes keep their numbers, leaf i gets the number inner nodes + i.</summary>
    private sealed class NodeLists
    {
        public List<long> Trees { get; } = [];

        public List<long> Ids { get; } = [];

        public List<long> Features { get; } = [];

        public List<string> Modes { get; } = [];

        public List<float> Thresholds { get; } = [];

        public List<long> True { get; } = [];

        public List<long> False { get; } = [];

        public List<long> LeafTrees { get; } = [];

        public List<long> LeafIds { get; } = [];

        public List<float> LeafValues { get; } = [];

        public void Add(long index, BoostedTree tree, double slope)
        {
            var inner = tree.Features.Length;
            for (var node = 0; node < inner; node++)
            {
                Node(index, node, "BRANCH_LEQ", tree.Features[node], tree.Thresholds[node], Child(tree.Left[node]), Child(tree.Right[node]));
            }

            var leaves = inner == 0 ? 1 : tree.Leaves.Length;
            for (var leaf = 0; leaf < leaves; leaf++)
            {
                Node(index, inner + leaf, "LEAF", 0, 0, 0, 0);
                LeafTrees.Add(index);
                LeafIds.Add(inner + leaf);
                LeafValues.Add((float)(slope * tree.Leaves[leaf]));
            }

            long Child(int child) => child >= 0 ? child : inner + ~child;
        }

        private void Node(long tree, long id, string mode, long feature, float threshold, long whenTrue, long whenFalse)
        {
            Trees.Add(tree);
            Ids.Add(id);
            Modes.Add(mode);
            Features.Add(feature);
            Thresholds.Add(threshold);
            True.Add(whenTrue);
            False.Add(whenFalse);
        }
    }
}
