namespace AiFactory.Domain.Datasets;

/// <summary>All that is kept of a dataset.</summary>
/// <param name="Contract">The contract of the newest version that brought one; null before the first.</param>
public sealed record DatasetHistory(DataContract? Contract, IReadOnlyList<DatasetVersion> Versions, IReadOnlyList<KeptIngestion> Ingestions)
{
    public static readonly DatasetHistory Empty = new(null, [], []);

    public DatasetVersion? Newest => Versions.Count == 0 ? null : Versions[^1];

    /// <summary>The ingestion whose turn it is: one at a time, in the order they came.</summary>
    public KeptIngestion? Running => Ingestions.FirstOrDefault(kept => kept.Ingestion.Status == IngestionStatus.Running);

    /// <summary>Puts an ingestion at the end, or in place of the one of the same id.</summary>
    public DatasetHistory Apply(KeptIngestion kept) => this with
    {
        Ingestions = Ingestions.Any(other => other.Ingestion.Id == kept.Ingestion.Id)
            ? [.. Ingestions.Select(other => other.Ingestion.Id == kept.Ingestion.Id ? kept : other)]
            : [.. Ingestions, kept],
    };
}

/// <param name="Contract">What the source is held to; null: one inferred from the file.</param>
public sealed record KeptIngestion(Ingestion Ingestion, DataContract? Contract);
