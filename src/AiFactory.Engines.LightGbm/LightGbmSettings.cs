using AiFactory.Engines.Training;

namespace AiFactory.Engines.LightGbm;

/// <summary>Hyperparameters of the boosted trees; the number of trees is the task's epochs.</summary>
/// <param name="LearningRate">What each tree's correction is multiplied by.</param>
/// <param name="Leaves">Most leaves of a tree.</param>
/// <param name="LeafRowsMin">Fewest training rows a leaf may have.</param>
/// <param name="L2">Weight of the squared leaf values in the objective.</param>
/// <param name="FeatureFraction">Share of the features that each tree may use.</param>
/// <param name="RowFraction">Share of the rows that each tree learns from.</param>
internal sealed record LightGbmSettings(double LearningRate, int Leaves, int LeafRowsMin, double L2, double FeatureFraction, double RowFraction)
{
    public static IReadOnlyDictionary<string, double> Defaults { get; } = new Dictionary<string, double>
    {
        ["learning-rate"] = 0.05,
        ["leaves"] = 8,
        ["leaf-rows-min"] = 20,
        ["l2"] = 0,
        ["feature-fraction"] = 0.5,
        ["row-fraction"] = 0.8,
    };

    /// <exception cref="Domain.Refusals.RefusedException"><c>hyperparameter-out-of-range</c>.</exception>
    public static LightGbmSettings Read(IReadOnlyDictionary<string, double> asked)
    {
        var numbers = new Hyperparameters(asked, Defaults);
        return new(
            numbers.Number("learning-rate", 1e-4, 1),
            numbers.Whole("leaves", 2, 4_096),
            numbers.Whole("leaf-rows-min", 1, 1_000_000),
            numbers.Number("l2", 0, 1e6),
            numbers.Number("feature-fraction", 0.01, 1),
            numbers.Number("row-fraction", 0.01, 1));
    }
}
