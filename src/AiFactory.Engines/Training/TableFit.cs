using AiFactory.Domain.Statistics;
using AiFactory.Domain.Training;

namespace AiFactory.Engines.Training;

/// <summary>What preprocessing learned from the training rows of a numeric column.</summary>
/// <param name="SawMissing">Whether any training row lacked a value.</param>
public sealed record NumericFit(NumericColumn Column, Standardiser Standardiser, bool SawMissing);

/// <summary>What preprocessing learned from the training rows of a categorical column.</summary>
/// <param name="Vocabulary">Distinct values but the missing one, in ordinal order; value i has index i + 1, 0 means missing or unknown.</param>
public sealed record CategoricalFit(CategoricalColumn Column, string[] Vocabulary)
{
    /// <summary>The index of every row's value.</summary>
    public long[] Encode()
    {
        var indexes = Vocabulary.Select((value, at) => (value, at)).ToDictionary(pair => pair.value, pair => pair.at + 1L, StringComparer.Ordinal);
        return Array.ConvertAll(Column.Values, value => indexes.GetValueOrDefault(value, 0));
    }
}

/// <summary>Preprocessing fitted to the training rows only: nothing of the holdout is seen.</summary>
/// <param name="Features">In feature order, the inputs of the exported graph.</param>
public sealed record TableFit(IReadOnlyList<Feature> Features, IReadOnlyList<NumericFit> Numeric, IReadOnlyList<CategoricalFit> Categorical)
{
    public static TableFit To(TrainingTable table, int[] trainRows)
    {
        var features = table.Features
            .Select(column => new Feature(column.Name, column is NumericColumn ? FeatureKind.Numeric : FeatureKind.Categorical))
            .ToArray();
        var numeric = table.Features.OfType<NumericColumn>()
            .Select(column => new NumericFit(column, Standardiser.Fit(column.Values, trainRows), trainRows.Any(row => float.IsNaN(column.Values[row]))))
            .ToArray();
        var categorical = table.Features.OfType<CategoricalColumn>()
            .Select(column => new CategoricalFit(column, Vocabulary(column, trainRows)))
            .ToArray();
        return new(features, numeric, categorical);
    }

    private static string[] Vocabulary(CategoricalColumn column, int[] rows)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in rows)
        {
            seen.Add(column.Values[row]);
        }

        seen.Remove("");
        return [.. seen.Order(StringComparer.Ordinal)];
    }
}
