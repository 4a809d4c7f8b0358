using AiFactory.Domain.Datasets;
using AiFactory.Domain.Refusals;
using AiFactory.Grains.PendingWork;
using AiFactory.Grains.Storage;
using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Datasets;

[GrainType("dataset")]
internal sealed partial class DatasetGrain(
    [PersistentState("dataset", StateStore.Name)] IPersistentState<DatasetState> state,
    IngestionWork work,
    TimeProvider time,
    ILogger<DatasetGrain> logger) : Grain, IDatasetGrain, IIngestingDatasetGrain, IDisposable
{
    private static readonly TimeSpan PulsePeriod = TimeSpan.FromSeconds(10);
    private readonly CancellationTokenSource _leaving = new();
    private RunningIngestion? _running;
    private IGrainTimer? _pulse;

    private DatasetHistory History => state.State.History;

    private DatasetKey Key => DatasetKey.FromGrainKey(this.GetPrimaryKeyString());

    private PendingItem Pending => new(PendingKind.Dataset, this.GetPrimaryKeyString());

    private IPendingWorkGrain PendingWork => GrainFactory.GetGrain<IPendingWorkGrain>(IPendingWorkGrain.Key);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        StartNext();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _leaving.CancelAsync();

    public void Dispose() => _leaving.Dispose();

    public Task<Dataset> Get() => Task.FromResult(WithProgress(IngestionRules.List(History, Key).OrThrow()));

    public Task<Ingestion> GetIngestion(string ingestionId) =>
        Task.FromResult(WithProgress(IngestionRules.FindIngestion(History, Key, ingestionId).OrThrow()));

    public Task<DatasetVersion> GetVersion(int? version) => Task.FromResult(IngestionRules.FindVersion(History, Key, version).OrThrow());

    public async Task<Ingestion> Ingest(IngestDataset command)
    {
        var kept = IngestionRules.Accept(History, Key, command, time.GetUtcNow()).OrThrow();
        var next = History.Apply(kept);
        if (kept.Ingestion.Status == IngestionStatus.Running)
        {
            await PendingWork.Enter(Pending);
            await GrainFactory.GetGrain<IDatasetCatalogGrain>(Key.Tenant).Add(Key.Dataset);
            await Save(next);
            StartNext();
        }

        return WithProgress(kept.Ingestion);
    }

    public async Task Resume()
    {
        StartNext();
        if (_running is null)
            await PendingWork.Strike(Pending);
    }

    public async Task Ended(string ingestionId, DatasetVersion? version, Refusal? refusal)
    {
        if (_running?.Id == ingestionId)
            _running = null;
        var next = version is not null
            ? IngestionRules.Publish(History, ingestionId, version)
            : IngestionRules.Refuse(History, ingestionId, refusal!);
        if (!ReferenceEquals(next, History))
        {
            if (version is not null)
                LogPublished(this.GetPrimaryKeyString(), ingestionId, version.Version);
            else
                LogRefused(this.GetPrimaryKeyString(), ingestionId, refusal!.ToString());
            await Save(next);
        }

        await Resume();
    }

    private Task Save(DatasetHistory next) => state.Save(new DatasetState { History = next });

    private void StartNext()
    {
        if (_running is { Abandoned: false })
            return;
        _running = null;
        if (History.Running is not { } kept)
        {
            StopPulse();
            return;
        }

        LogStarted(this.GetPrimaryKeyString(), kept.Ingestion.Id);
        _running = new RunningIngestion(kept.Ingestion.Id);
        _pulse ??= this.RegisterGrainTimer(
            static (_, _) => Task.CompletedTask, this, new GrainTimerCreationOptions(PulsePeriod, PulsePeriod) { KeepAlive = true });
        work.Start(Key, kept, History.Newest, _running, GrainFactory.GetGrain<IIngestingDatasetGrain>(this.GetPrimaryKeyString()), _leaving.Token);
    }

    private void StopPulse()
    {
        _pulse?.Dispose();
        _pulse = null;
    }

    private Dataset WithProgress(Dataset dataset) => dataset with { Ingestions = [.. dataset.Ingestions.Select(WithProgress)] };

    private Ingestion WithProgress(Ingestion ingestion) =>
        _running is { } running && running.Id == ingestion.Id ? ingestion with { RowsRead = running.RowsRead } : ingestion;
}
