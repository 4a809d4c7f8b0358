using System.Collections.Concurrent;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Lakehouse.Datasets;

namespace AiFactory.Grains.Tests.Doubles;

/// <summary>Ingests by the file's name: <c>hold</c> waits until released, <c>refuse</c> refuses, <c>full</c> has no room the first time.</summary>
internal sealed class ScriptedTables : IDatasetTables
{
    private readonly ConcurrentDictionary<string, int> _calls = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _holds = new();

    public int Calls(string ingestionId) => _calls.GetValueOrDefault(ingestionId);

    public void Release(string dataset) => Hold(dataset).TrySetResult();

    public async Task<DatasetVersion> Ingest(IngestionPlan plan, IProgress<long>? progress, CancellationToken cancellation)
    {
        var call = _calls.AddOrUpdate(plan.IngestionId, 1, (_, before) => before + 1);
        progress?.Report(7);
        switch (plan.Source.FileName)
        {
            case "hold.csv":
                await Hold(plan.Dataset.Dataset).Task.WaitAsync(cancellation);
                break;
            case "refuse.csv":
                throw new RefusedException(new Refusal("schema-breaks", RefusalKind.Conflict, "Column age is gone.", "age", "Keep the column."));
            case "full.csv" when call == 1:
                throw new RefusedException(new Refusal("object-store-full", RefusalKind.StorageFull, "No room.", "objects", "Make room."));
        }

        return Samples.Version(plan.Dataset.Dataset, (plan.Previous?.Version ?? 0) + 1, plan.IngestionId, plan.Contract, plan.Source, plan.Now);
    }

    public DataContract Infer(string name, Stream csv) => Samples.Contract(name, "inferred");

    public IReadOnlyList<QuarantinedRow> ReadQuarantine(DatasetVersion version, long offset, int limit) => [];

    public IReadOnlyList<TableColumn> ReadColumns(DatasetVersion version, IReadOnlyList<string>? columns = null) => [];

    private TaskCompletionSource Hold(string dataset) => _holds.GetOrAdd(dataset, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
