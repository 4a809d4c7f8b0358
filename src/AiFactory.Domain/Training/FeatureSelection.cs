using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Training;

/// <summary>How a model takes a column in.</summary>
public enum FeatureKind
{
    /// <summary>[N,1] FP32, NaN where missing: integer and number columns.</summary>
    Numeric,

    /// <summary>[N,1] BYTES, empty where missing: string and boolean columns.</summary>
    Categorical,
}

/// <summary>One column that a model sees.</summary>
public sealed record Feature(string Name, FeatureKind Kind);

/// <summary>The two values of a label column.</summary>
public sealed record LabelClasses(string Negative, string Positive);

/// <summary>Which columns a model learns from, and which label value counts as positive.</summary>
public static class FeatureSelection
{
    /// <summary>Name of every trained model's output tensor; no feature may bear it.</summary>
    public const string OutputName = "probability";

    /// <summary>
    /// The features in contract order: every column but the label, the keys (unique and required) and the timestamps.
    /// </summary>
    /// <returns>
    /// At least one feature, or a refusal: <c>label-unknown</c>, <c>label-is-key</c>, <c>features-missing</c>, <c>feature-name-reserved</c>.
    /// </returns>
    public static Ruling<IReadOnlyList<Feature>> Features(DataContract contract, string label)
    {
        var labelColumn = contract.Columns.FirstOrDefault(column => column.Name == label);
        if (labelColumn is null)
        {
            return new Refusal("label-unknown", RefusalKind.Unprocessable, $"The dataset has no column '{label}'.", label,
                $"Use one of its columns: {string.Join(", ", contract.Columns.Select(column => column.Name))}.");
        }

        if (labelColumn.IsKey)
        {
            return new Refusal("label-is-key", RefusalKind.Unprocessable, $"Column '{label}' identifies rows and cannot be predicted.", label,
                "Name a column that has two values.");
        }

        var features = contract.Columns
            .Where(column => column.Name != label && !column.IsKey && column.Type != ColumnType.Timestamp)
            .Select(column => new Feature(column.Name, KindOf(column.Type)))
            .ToArray();
        if (features.Length == 0)
        {
            return new Refusal("features-missing", RefusalKind.Unprocessable, $"Beside the label '{label}' there is no column to learn from.",
                contract.Name, "Ingest a dataset with at least one column that is neither label, key nor timestamp.");
        }

        if (features.Any(feature => feature.Name == OutputName))
        {
            return new Refusal("feature-name-reserved", RefusalKind.Unprocessable, $"A feature may not be called '{OutputName}': the model's output is.",
                OutputName, "Rename the column in the source and its contract.");
        }

        return features;
    }

    /// <summary>
    /// The label's two classes. Positive is the one asked for, else the rarer one, else (a tie) the later one in ordinal order.
    /// </summary>
    /// <param name="values">Every distinct label value with its row count, in any order; an empty value is a missing label.</param>
    /// <returns>
    /// The classes, or a refusal: <c>dataset-empty</c>, <c>label-missing-values</c>, <c>label-one-class</c>, <c>label-many-classes</c>,
    /// <c>positive-class-unknown</c>.
    /// </returns>
    public static Ruling<LabelClasses> Classes(string label, IReadOnlyList<ValueCount> values, string? positiveClass)
    {
        var seen = values.Where(value => value.Count > 0).OrderBy(value => value.Value, StringComparer.Ordinal).ToArray();
        var missing = seen.Where(value => value.Value.Length == 0).Sum(value => value.Count);
        if (seen.Length == 0)
        {
            return new Refusal("dataset-empty", RefusalKind.Unprocessable, "The dataset has no rows.", label, "Ingest a file with rows.");
        }

        if (missing > 0)
        {
            return new Refusal("label-missing-values", RefusalKind.Unprocessable, $"{missing} rows have no label.", label,
                "Mark the column required in the contract and ingest again: rows without it then go to quarantine.");
        }

        if (CheckClassCount(label, seen.Length) is { } refusal)
        {
            return refusal;
        }

        var positive = positiveClass ?? (seen[0].Count < seen[1].Count ? seen[0].Value : seen[1].Value);
        if (seen.All(value => value.Value != positive))
        {
            return new Refusal("positive-class-unknown", RefusalKind.Unprocessable, $"'{positive}' is not a value of column '{label}'.", label,
                $"Use '{seen[0].Value}' or '{seen[1].Value}'.");
        }

        return seen[0].Value == positive ? new LabelClasses(seen[1].Value, positive) : new LabelClasses(seen[0].Value, positive);
    }

    /// <summary>The refusal of a label column with other than two different values, of which there is at least one; null for two.</summary>
    internal static Refusal? CheckClassCount(string label, long classes) => classes switch
    {
        2 => null,
        1 => new Refusal("label-one-class", RefusalKind.Unprocessable, $"Every row has the same '{label}': there is nothing to tell apart.", label,
            "Ingest rows of both classes."),
        _ => new Refusal("label-many-classes", RefusalKind.Unprocessable, $"Column '{label}' has {classes} different values; two are supported.", label,
            "Name a column with exactly two values."),
    };

    private static FeatureKind KindOf(ColumnType type) =>
        type is ColumnType.Integer or ColumnType.Number ? FeatureKind.Numeric : FeatureKind.Categorical;
}
