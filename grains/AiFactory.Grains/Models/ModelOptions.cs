namespace AiFactory.Grains.Models;

/// <summary>The quality gate that every trained model version meets.</summary>
public sealed class ModelOptions
{
    /// <summary>Smallest holdout AUC that may be deployed, 0.5 to 1. Default 0.6.</summary>
    public double MinimumAuc { get; set; } = 0.6;
}
