using Microsoft.ML.Trainers.FastTree;

namespace AiFactory.Engines.LightGbm;

/// <summary>
/// One boosted tree. A node sends a row left when its feature is at most the threshold; a child below 0 is the leaf of its complement. Thresholds are
/// single precision as the features are, so that no comparison depends on who makes it.
/// </summary>
internal sealed record BoostedTree(int[] Features, float[] Thresholds, int[] Left, int[] Right, double[] Leaves)
{
    public static BoostedTree From(RegressionTree tree) => new(
        [.. tree.NumericalSplitFeatureIndexes],
        [.. tree.NumericalSplitThresholds],
        [.. tree.LeftChild],
        [.. tree.RightChild],
        [.. tree.LeafValues]);

    /// <summary>Whether every row gets the same value.</summary>
    public bool IsConstant => Array.TrueForAll(Leaves, value => value == Leaves[0]);

    /// <summary>The value of the leaf that the row falls into.</summary>
    public double Score(float[] row)
    {
        if (Features.Length == 0)
        {
            return Leaves[0];
        }

        var node = 0;
        do
        {
            node = row[Features[node]] <= Thresholds[node] ? Left[node] : Right[node];
        }
        while (node >= 0);
        return Leaves[~node];
    }
}

/// <summary>Boosted trees and how their sum becomes a probability: 1 / (1 + exp(-(slope x sum + offset))).</summary>
internal sealed record TreeEnsemble(IReadOnlyList<BoostedTree> Trees, double Slope, double Offset)
{
    public float Probability(double sum) => (float)(1 / (1 + Math.Exp(-((Slope * sum) + Offset))));
}
