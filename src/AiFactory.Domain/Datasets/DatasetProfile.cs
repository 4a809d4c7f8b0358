namespace AiFactory.Domain.Datasets;

/// <summary>What the rows of a version look like.</summary>
public sealed record DatasetProfile(long Rows, IReadOnlyList<ColumnProfile> Columns);

/// <summary>One column's profile. Moments, quantiles and histogram are of numeric columns; the others have top values.</summary>
/// <param name="Distinct">Distinct non-null values (approximate above 10,000).</param>
/// <param name="Quantiles">At 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99.</param>
public sealed record ColumnProfile(
    string Name,
    ColumnType Type,
    long Count,
    long Nulls,
    long Distinct,
    double? Minimum = null,
    double? Maximum = null,
    double? Mean = null,
    double? StandardDeviation = null,
    IReadOnlyList<double>? Quantiles = null,
    IReadOnlyList<HistogramBin>? Histogram = null,
    IReadOnlyList<ValueCount>? TopValues = null);

/// <summary>Values in [From, To); the last bin includes To.</summary>
public sealed record HistogramBin(double From, double To, long Count);

public sealed record ValueCount(string Value, long Count);
