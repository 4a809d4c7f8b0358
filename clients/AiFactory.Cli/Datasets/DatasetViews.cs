using AiFactory.Cli.Rendering;
using AiFactory.Domain.Datasets;
using Spectre.Console;

namespace AiFactory.Cli.Datasets;

/// <summary>Datasets as people see them.</summary>
internal static class DatasetViews
{
    private const int LineCharactersMax = 60;

    public static Panel Version(DatasetVersion version) => Facts.Panel(
        Format.Invariant($"{version.Dataset}@{version.Version}"),
        ("Rows", Format.Count(version.Rows)),
        ("Quarantined", version.QuarantinedRows == 0 ? "0" : $"{Format.Count(version.QuarantinedRows)}, see: factory dataset quarantine {version.Dataset}"),
        ("Contract", Format.Invariant($"{version.Contract.Name} {version.Contract.Version}, {version.Contract.Columns.Count} columns")),
        ("Source", $"{version.Source.FileName}, {Format.Bytes(version.Source.SizeBytes)}, sha256 {version.Source.Sha256}"),
        ("Created", Format.Time(version.CreatedAt)));

    public static Table Profile(DatasetVersion version)
    {
        var table = Tables.Create("Column", "Type", ">Nulls", ">Distinct", ">Minimum", ">Median", ">Maximum", ">Mean", ">Std dev", "Histogram or top values");
        foreach (var column in version.Profile.Columns)
        {
            table.AddTextRow(
                column.Name,
                column.Type.ToString(),
                Format.Count(column.Nulls),
                Format.Count(column.Distinct),
                Format.Figure(column.Minimum),
                Format.Figure(column.Quantiles is { Count: > 3 } quantiles ? quantiles[3] : null),
                Format.Figure(column.Maximum),
                Format.Figure(column.Mean),
                Format.Figure(column.StandardDeviation),
                column.Histogram is { Count: > 0 } histogram ? Sparkline.Of([.. histogram.Select(bin => bin.Count)])
                    : string.Join(", ", column.TopValues?.Take(3).Select(top => $"{top.Value} ({Format.Count(top.Count)})") ?? []));
        }

        return table;
    }

    public static Table List(IReadOnlyList<Dataset> datasets)
    {
        var table = Tables.Create("Dataset", ">Versions", ">Rows", ">Quarantined", "Latest");
        foreach (var dataset in datasets)
        {
            var latest = dataset.Versions.MaxBy(version => version.Version);
            table.AddTextRow(
                dataset.Name,
                Format.Count(dataset.Versions.Count),
                latest is null ? "-" : Format.Count(latest.Rows),
                latest is null ? "-" : Format.Count(latest.QuarantinedRows),
                latest is null ? "-" : Format.Time(latest.CreatedAt));
        }

        return table;
    }

    public static Table Versions(Dataset dataset)
    {
        var table = Tables.Create("Version", ">Rows", ">Quarantined", "Source", "When");
        foreach (var version in dataset.Versions)
        {
            table.AddTextRow(
                Format.Invariant($"{dataset.Name}@{version.Version}"),
                Format.Count(version.Rows),
                Format.Count(version.QuarantinedRows),
                $"{version.Source.FileName} ({Format.Digest(version.Source.Sha256)})",
                Format.Time(version.CreatedAt));
        }

        foreach (var ingestion in dataset.Ingestions.Where(ingestion => ingestion.Status != IngestionStatus.Published))
        {
            table.AddTextRow(
                ingestion.Status == IngestionStatus.Refused ? "refused" : "running",
                ingestion.Refusal?.Code ?? Format.Count(ingestion.RowsRead),
                string.Empty,
                $"{ingestion.Source.FileName} ({Format.Digest(ingestion.Source.Sha256)})",
                Format.Time(ingestion.StartedAt));
        }

        return table;
    }

    public static Table Quarantine(IReadOnlyList<QuarantinedRow> rows)
    {
        var table = Tables.Create(">Row", "Column", "Reason", "Value", "Line as received");
        foreach (var row in rows)
        {
            table.AddTextRow(
                Format.Count(row.Row), row.Column ?? "(whole row)", row.Reason, row.Value ?? string.Empty,
                row.Line.Length > LineCharactersMax ? row.Line[..LineCharactersMax] + "…" : row.Line);
        }

        return table;
    }
}
