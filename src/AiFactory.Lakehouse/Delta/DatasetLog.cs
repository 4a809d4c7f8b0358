using System.Text.Json;
using System.Text.Json.Nodes;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Serialization;
using AiFactory.Lakehouse.Ingestion;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Lakehouse.Delta;

/// <summary>
/// The two tables of a dataset. Each version replaces the rows of the <c>data</c> table, and older ones stay readable by their number; the
/// <c>quarantine</c> table grows. Publishing is the one commit to <c>data</c>, which also carries the <see cref="DatasetVersion"/> itself:
/// what it names exists by then, and until then nothing names it.
/// </summary>
internal sealed class DatasetLog
{
    private const string VersionProperty = "datasetVersion";
    private readonly DeltaLog data, quarantine;

    public DatasetLog(IObjectStore store, DatasetKey dataset)
    {
        DataFolder = $"tables/{dataset.Tenant}/{dataset.Dataset}/data";
        QuarantineFolder = $"tables/{dataset.Tenant}/{dataset.Dataset}/quarantine";
        (data, quarantine) = (new DeltaLog(store, DataFolder), new DeltaLog(store, QuarantineFolder));
    }

    public string DataFolder { get; }

    public string QuarantineFolder { get; }

    /// <summary>What the ingestion has published; null when nothing yet.</summary>
    public DatasetVersion? Find(string ingestionId) =>
        Versions().FirstOrDefault(version => version.IngestionId == ingestionId);

    public DatasetVersion? Newest() => Versions().FirstOrDefault();

    /// <summary>Adds an ingestion's bad rows to the quarantine table, once, however often it is asked to.</summary>
    public async Task Quarantine(string ingestionId, IReadOnlyList<TableFile> files, DateTimeOffset now, CancellationToken cancellation)
    {
        if (files.Count == 0) return;
        for (var commit = quarantine.NextCommit(); ; commit++)
        {
            if (IsQuarantined(ingestionId, commit)) return;
            JsonObject[] head = commit == 0 ? [DeltaActions.Protocol(), DeltaActions.MetaData(QuarantineFolder, QuarantineBatch.Schema, now)] : [];
            var actions = head.Append(DeltaActions.Transaction(ingestionId, now))
                .Concat(files.Select(file => DeltaActions.Add(QuarantineFolder, file, now)))
                .Prepend(DeltaActions.CommitInfo("Append", now));
            if (await quarantine.TryCommit(commit, actions, cancellation)) return;
        }
    }

    /// <summary>Makes the version the newest one; false when its number was taken meanwhile.</summary>
    /// <param name="former">The newest version so far, whose files this one replaces.</param>
    public Task<bool> TryPublish(DatasetVersion version, DatasetVersion? former, IReadOnlyList<TableFile> files, CancellationToken cancellation)
    {
        var now = version.CreatedAt;
        var info = DeltaActions.CommitInfo("Overwrite", now);
        info["commitInfo"]![VersionProperty] = JsonSerializer.SerializeToNode(version, FactoryJson.Options);
        List<JsonObject> actions = [info];
        if (former is null) actions.Add(DeltaActions.Protocol());
        if (former is null || DeltaActions.SchemaString(former.Contract.Columns) != DeltaActions.SchemaString(version.Contract.Columns))
            actions.Add(DeltaActions.MetaData(DataFolder, version.Contract.Columns, now));
        actions.Add(DeltaActions.Transaction(version.IngestionId, now));
        actions.AddRange(former?.DataFiles.Select(path => DeltaActions.Remove(DataFolder, path, now)) ?? []);
        actions.AddRange(files.Select(file => DeltaActions.Add(DataFolder, file, now)));
        return data.TryCommit(version.Version - 1, actions, cancellation);
    }

    /// <summary>Newest first.</summary>
    private IEnumerable<DatasetVersion> Versions()
    {
        for (var commit = data.NextCommit() - 1; commit >= 0; commit--)
        {
            var info = data.Read(commit).First(action => action.Name == "commitInfo").Body;
            yield return info.GetProperty(VersionProperty).Deserialize<DatasetVersion>(FactoryJson.Options)!;
        }
    }

    private bool IsQuarantined(string ingestionId, long commits)
    {
        for (var commit = commits - 1; commit >= 0; commit--)
        {
            if (quarantine.Read(commit).Any(action => action.Name == "txn" && action.Body.GetProperty("appId").ValueEquals(ingestionId))) return true;
        }

        return false;
    }
}
