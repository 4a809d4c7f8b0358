namespace AiFactory.Lakehouse.Ingestion;

/// <summary>Everything wrong with the row being read.</summary>
internal sealed class RowFaults
{
    private readonly List<(int Field, string Reason)> faults = [];

    /// <summary>Stands for the row as a whole.</summary>
    public const int WholeRow = -1;

    public IReadOnlyList<(int Field, string Reason)> All => faults;

    public bool Any => faults.Count > 0;

    /// <param name="field">Its position in the file, or <see cref="WholeRow"/>.</param>
    /// <param name="reason">One of <see cref="Domain.Datasets.QuarantineReason"/>.</param>
    public void Add(int field, string reason) => faults.Add((field, reason));

    public void Clear() => faults.Clear();
}
