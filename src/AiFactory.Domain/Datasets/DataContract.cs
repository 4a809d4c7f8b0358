namespace AiFactory.Domain.Datasets;

/// <summary>Logical column types, named as in the Open Data Contract Standard v3.</summary>
public enum ColumnType
{
    String,
    Integer,
    Number,
    Boolean,
    Timestamp,
}

/// <summary>What a producer promises of one column.</summary>
/// <param name="Required">No nulls (an empty CSV field is a null).</param>
/// <param name="Unique">No value twice; columns that are unique and required identify rows and are never features.</param>
/// <param name="Minimum">Smallest value allowed, for integer and number columns.</param>
/// <param name="Maximum">Largest value allowed, for integer and number columns.</param>
/// <param name="AllowedValues">The only values allowed; null allows all.</param>
public sealed record ColumnContract(
    string Name,
    ColumnType Type,
    bool Required = false,
    bool Unique = false,
    double? Minimum = null,
    double? Maximum = null,
    IReadOnlyList<string>? AllowedValues = null,
    string? Description = null)
{
    public bool IsKey => Unique && Required;
}

/// <summary>What a producer promises of a whole file. Read and written as Open Data Contract Standard v3.1 YAML or JSON.</summary>
/// <param name="RowsMin">Fewest good rows a version may have.</param>
/// <param name="RowsMax">Most rows a file may have; null: no limit.</param>
/// <param name="AgeMax">Freshness: a source older than this, by the time it states, is refused; null: any age.</param>
/// <param name="QuarantinedFractionMax">A file with a larger share of bad rows (0 to 1) is refused whole.</param>
public sealed record DataContract(
    string Name,
    string Version,
    IReadOnlyList<ColumnContract> Columns,
    long RowsMin = 1,
    long? RowsMax = null,
    TimeSpan? AgeMax = null,
    double QuarantinedFractionMax = 0.1);
