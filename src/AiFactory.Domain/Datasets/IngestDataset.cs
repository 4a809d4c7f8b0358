namespace AiFactory.Domain.Datasets;

/// <param name="Source">Already kept in the object store under its SHA-256.</param>
/// <param name="Contract">Null: the dataset's present contract, or, for a new dataset, one inferred from the file.</param>
public sealed record IngestDataset(SourceFile Source, DataContract? Contract);
