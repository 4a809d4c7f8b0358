using System.Globalization;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Training;
using AiFactory.Engines.Training;
using AiFactory.Lakehouse.Datasets;

namespace AiFactory.Grains.Workers.Training;

/// <summary>Reads a dataset version into the table that trainers take.</summary>
internal static class TrainingTableLoader
{
    /// <exception cref="Domain.Refusals.RefusedException">The features or the label cannot be learnt from; see <see cref="FeatureSelection"/>.</exception>
    public static TrainingTable Load(IDatasetTables tables, DatasetVersion version, TrainingSpec spec)
    {
        var features = FeatureSelection.Features(version.Contract, spec.Label).OrThrow();
        var columns = tables.ReadColumns(version, [.. features.Select(feature => feature.Name), spec.Label])
            .ToDictionary(column => column.Name, StringComparer.Ordinal);
        var labels = Texts(columns[spec.Label]);
        var counts = labels.CountBy(label => label, StringComparer.Ordinal).Select(pair => new ValueCount(pair.Key, pair.Value)).ToArray();
        var classes = FeatureSelection.Classes(spec.Label, counts, spec.PositiveClass).OrThrow();
        return new TrainingTable(
            [.. features.Select(feature => Column(feature, columns[feature.Name]))],
            Array.ConvertAll(labels, label => label == classes.Positive),
            spec.Label,
            classes.Negative,
            classes.Positive);
    }

    private static FeatureColumn Column(Feature feature, TableColumn column) => feature.Kind == FeatureKind.Numeric
        ? new NumericColumn(feature.Name, Array.ConvertAll(((NumberColumn)column).Values, value => (float)value))
        : new CategoricalColumn(feature.Name, Shared(Texts(column)));

    // A number's text is its shortest round-trip form, as a contract's allowed values spell it; a null is an empty text.
    private static string[] Texts(TableColumn column) => column switch
    {
        TextColumn text => Array.ConvertAll(text.Values, value => value ?? string.Empty),
        NumberColumn number => Array.ConvertAll(number.Values, value => double.IsNaN(value) ? string.Empty : value.ToString(CultureInfo.InvariantCulture)),
        _ => throw new InvalidOperationException($"Column '{column.Name}' has no text."),
    };

    // Equal strings become one instance: a table of millions of rows then holds each value once.
    private static string[] Shared(string[] values)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        return Array.ConvertAll(values, value =>
        {
            seen.TryAdd(value, value);
            return seen[value];
        });
    }
}
