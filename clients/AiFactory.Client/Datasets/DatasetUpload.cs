namespace AiFactory.Client.Datasets;

/// <summary>A CSV file on its way into a dataset.</summary>
/// <param name="FileName">As it shall stand in the lineage.</param>
/// <param name="OpenCsv">Opens the file from its start; called again for each attempt.</param>
/// <param name="ContractText">Open Data Contract Standard, YAML or JSON; null: the dataset's own contract, or an inferred one for a new dataset.</param>
/// <param name="ModifiedAt">Time the data are of, for the contract's freshness; null: unstated.</param>
/// <param name="IdempotencyKey">The same key twice is one ingestion; null: a fresh key.</param>
public sealed record DatasetUpload(
    string FileName,
    Func<Stream> OpenCsv,
    string? ContractText = null,
    DateTimeOffset? ModifiedAt = null,
    string? IdempotencyKey = null)
{
    /// <summary>A file on this machine, under its own name and time of last change.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static DatasetUpload FromFile(string path, string? contractText = null)
    {
        var file = new FileInfo(path);
        return file.Exists
            ? new(file.Name, file.OpenRead, contractText, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero))
            : throw new FileNotFoundException($"There is no file '{path}'.", path);
    }
}
