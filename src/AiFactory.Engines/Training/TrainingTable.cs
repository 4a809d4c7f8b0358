namespace AiFactory.Engines.Training;

/// <summary>A table in memory: feature columns and a two-class label.</summary>
/// <param name="Labels">True where the label is the positive class; one a row.</param>
public sealed record TrainingTable(
    IReadOnlyList<FeatureColumn> Features,
    bool[] Labels,
    string LabelColumn,
    string NegativeClass,
    string PositiveClass)
{
    public int Rows => Labels.Length;
}

public abstract record FeatureColumn(string Name);

/// <param name="Values">NaN where missing; one a row.</param>
public sealed record NumericColumn(string Name, float[] Values) : FeatureColumn(Name);

/// <param name="Values">Empty where missing; one a row. Equal strings are the same instance.</param>
public sealed record CategoricalColumn(string Name, string[] Values) : FeatureColumn(Name);
