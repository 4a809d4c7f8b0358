using System.Globalization;
using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Datasets;

/// <summary>Which rows were found in a file.</summary>
/// <param name="Quarantined">Distinct bad rows, at most <paramref name="Read"/>.</param>
/// <param name="FirstFault">One fault, to show in a refusal.</param>
public sealed record RowCounts(long Read, long Quarantined, QuarantinedRow? FirstFault = null)
{
    public long Good => Read - Quarantined;
}

/// <summary>When a file as a whole may become a version of a dataset. Each rule gives null for yes.</summary>
public static class DatasetRules
{
    private const int NamesShownMax = 5;

    /// <summary>Which column of the contract each field of the file is, in file order. The orders may differ; the sets of names may not.</summary>
    public static Ruling<int[]> MatchHeader(DataContract contract, IReadOnlyList<string> header)
    {
        var seen = new HashSet<string>(header.Count, StringComparer.Ordinal);
        var twice = header.FirstOrDefault(name => !seen.Add(name));
        if (twice is not null) return HeaderDuplicate(twice);

        var indices = contract.Columns.Select((column, index) => (column.Name, index)).ToDictionary(pair => pair.Name, pair => pair.index, StringComparer.Ordinal);
        var unknown = header.Where(name => !indices.ContainsKey(name)).ToList();
        var missing = contract.Columns.Select(column => column.Name).Where(name => !seen.Contains(name)).ToList();
        if (unknown.Count == 0 && missing.Count == 0) return header.Select(name => indices[name]).ToArray();

        var parts = new[] { Named("lacks", missing), Named("has unknown", unknown) }.Where(part => part is not null);
        var mend = MendSeparator(header) ?? "Make the header and the contract name the same columns.";
        return new Refusal("header-mismatch", RefusalKind.Unprocessable, $"The file's header {string.Join(" and ", parts)}.", "line 1", mend);
    }

    /// <summary>A header that is one column only because its fields are separated by something else than commas.</summary>
    public static Refusal? CheckSeparator(IReadOnlyList<string> header) => MendSeparator(header) is { } mend
        ? new("separator-invalid", RefusalKind.Unprocessable, "The header has no comma.", "line 1", mend)
        : null;

    private static string? MendSeparator(IReadOnlyList<string> header) => (header.Count == 1 ? header[0].FirstOrDefault(c => c is ';' or '\t' or '|') : default) switch
    {
        '\0' => null,
        '\t' => "The fields seem to be separated by tabs; separate them by commas.",
        var separator => $"The fields seem to be separated by '{separator}'; separate them by commas.",
    };

    /// <summary>A name stands twice in a header.</summary>
    public static Refusal HeaderDuplicate(string name) =>
        new("header-duplicate", RefusalKind.Unprocessable, $"Column '{name}' is in the header more than once.", "line 1", "Name each column once.");

    /// <summary>Freshness. With an <see cref="DataContract.AgeMax"/> the source must state its time, and that may not lie too far back.</summary>
    public static Refusal? CheckAge(DataContract contract, SourceFile source, DateTimeOffset now)
    {
        if (contract.AgeMax is not { } ageMax) return null;
        if (source.ModifiedAt is not { } modifiedAt)
        {
            return new Refusal("age-unknown", RefusalKind.Unprocessable, "The contract limits the age of the data, and the file states no time.",
                source.FileName, "State the time the data was modified.");
        }

        return now - modifiedAt <= ageMax
            ? null
            : new Refusal("too-old", RefusalKind.Unprocessable, $"The data is from {modifiedAt:u}, older than the contract's {ageMax}.", source.FileName,
                "Send newer data, or raise the age the contract allows.");
    }

    /// <summary>More rows than the contract allows; may be asked while rows are still being read.</summary>
    public static Refusal? CheckRowsMax(DataContract contract, long read) => read <= (contract.RowsMax ?? long.MaxValue)
        ? null
        : new Refusal("too-many-rows", RefusalKind.Unprocessable, $"The file has more than the {contract.RowsMax} rows the contract allows.", null,
            "Send fewer rows, or raise the contract's largest row count.");

    /// <summary>What all rows together must keep: not too many, not too large a share bad, enough good ones.</summary>
    public static Refusal? CheckCounts(DataContract contract, RowCounts rows)
    {
        if (CheckRowsMax(contract, rows.Read) is { } tooMany) return tooMany;
        if (rows.Quarantined > contract.QuarantinedFractionMax * rows.Read)
        {
            return new Refusal("too-many-bad-rows", RefusalKind.Unprocessable,
                string.Create(CultureInfo.InvariantCulture,
                    $"{rows.Quarantined} of {rows.Read} rows break the contract, more than the share of {contract.QuarantinedFractionMax} it allows."),
                Describe(rows.FirstFault), "Mend the rows, the contract, or the share of bad rows it allows.");
        }

        return rows.Good >= contract.RowsMin
            ? null
            : new Refusal("too-few-rows", RefusalKind.Unprocessable, $"The file has {rows.Good} good rows; the contract asks for {contract.RowsMin}.",
                Describe(rows.FirstFault), "Send more rows, or lower the contract's smallest row count.");
    }

    /// <summary>Whether readers of the version before can read the next. See <see cref="SchemaChangeKind"/>.</summary>
    public static Refusal? CheckSchema(DataContract former, DataContract next)
    {
        var breaking = SchemaChange.Between(former, next).Where(change => change.Breaking).Select(change => change.Detail).ToList();
        return breaking.Count == 0
            ? null
            : new Refusal("schema-change-breaking", RefusalKind.Unprocessable, $"The schema breaks readers of the version before: {Shown(breaking, "; ")}.",
                next.Name, "Keep the columns as they were, or ingest into a dataset of another name.");
    }

    private static string? Describe(QuarantinedRow? fault) => fault is null
        ? null
        : $"first: row {fault.Row}, {(fault.Column is null ? "whole row" : $"column '{fault.Column}'")}, {fault.Reason}";

    private static string? Named(string verb, List<string> names) =>
        names.Count == 0 ? null : $"{verb} {(names.Count == 1 ? "column" : "columns")} {Shown(names.ConvertAll(name => $"'{Short(name)}'"), ", ")}";

    private static string Short(string name) => name.Length <= 64 ? name : name[..64] + "...";

    private static string Shown(List<string> items, string separator) => items.Count <= NamesShownMax
        ? string.Join(separator, items)
        : $"{string.Join(separator, items.Take(NamesShownMax))} and {items.Count - NamesShownMax} more";
}
