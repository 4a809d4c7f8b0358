using System.Collections.Concurrent;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Models;
using AiFactory.Grains.Training;
using Orleans.Placement;

namespace AiFactory.Grains.Workers.Tests.Doubles;

/// <summary>The model versions there are, by grain key.</summary>
internal sealed class ModelShelf
{
    public ConcurrentDictionary<string, ModelVersion> Versions { get; } = new();
}

[GrainType("model-version")]
internal sealed class ShelvedModelVersionGrain(ModelShelf shelf) : Grain, IModelVersionGrain
{
    public Task<ModelVersion> Create(ModelVersion version) => Task.FromResult(shelf.Versions[this.GetPrimaryKeyString()] = version);

    public Task<ModelVersion> Get() => shelf.Versions.TryGetValue(this.GetPrimaryKeyString(), out var version)
        ? Task.FromResult(version)
        : throw new RefusedException(new Refusal("model-version-unknown", RefusalKind.NotFound, "There is no such version.", this.GetPrimaryKeyString()));
}

/// <summary>What is pinned on each worker, by grain key; outlives every activation.</summary>
internal sealed class PinShelf
{
    public ConcurrentDictionary<string, WorkerPins> Pins { get; } = new();
}

[GrainType("worker-pins")]
internal sealed class ShelvedWorkerPinsGrain(PinShelf shelf) : Grain, IWorkerPinsGrain
{
    private WorkerPins Pins => shelf.Pins.GetValueOrDefault(this.GetPrimaryKeyString(), WorkerPins.None);

    public Task<IReadOnlyList<ModelVersionKey>> List() => Task.FromResult(Pins.Models);

    public Task Add(ModelVersionKey model) => Keep(Pins.With(model));

    public Task Remove(ModelVersionKey model) => Keep(Pins.Without(model));

    private Task Keep(WorkerPins pins)
    {
        shelf.Pins[this.GetPrimaryKeyString()] = pins;
        return Task.CompletedTask;
    }
}

/// <summary>What the ranks of training runs reported, by the run's grain key.</summary>
internal sealed class RunReports
{
    private readonly ConcurrentQueue<(string Run, int Attempt, int Epoch)> _epochs = new();
    private readonly ConcurrentQueue<(string Run, int Attempt, int Rank, Refusal Reason)> _failures = new();
    private readonly ConcurrentDictionary<string, TrainingResult> _results = new();

    public void Add(string run, int attempt, EpochMetrics metrics) => _epochs.Enqueue((run, attempt, metrics.Epoch));

    public void Add(string run, TrainingResult result) => _results[run] = result;

    public void Add(string run, int attempt, int rank, Refusal reason) => _failures.Enqueue((run, attempt, rank, reason));

    public int[] Epochs(TrainingRunKey run) => [.. _epochs.Where(report => report.Run == run.ToGrainKey()).Select(report => report.Epoch)];

    public (int Rank, Refusal Reason)[] Failures(TrainingRunKey run) =>
        [.. _failures.Where(report => report.Run == run.ToGrainKey()).Select(report => (report.Rank, report.Reason))];

    public TrainingResult? Result(TrainingRunKey run) => _results.GetValueOrDefault(run.ToGrainKey());
}

/// <summary>Keeps reports and lets the test judge. Beside the rank that reports first, so that another silo's death does not reach it.</summary>
[GrainType("training-run"), PreferLocalPlacement]
internal sealed class ReportedTrainingRunGrain(RunReports reports) : Grain, ITrainingRunGrain
{
    private string Key => this.GetPrimaryKeyString();

    public Task<TrainingRun> Start(TrainingSpec spec) => throw Unused();

    public Task<TrainingRun> Get() => throw Unused();

    public Task<TrainingRun> Cancel() => throw Unused();

    public Task EpochEnded(int attempt, EpochMetrics metrics)
    {
        reports.Add(Key, attempt, metrics);
        return Task.CompletedTask;
    }

    public Task ShardCompleted(int attempt, TrainingResult result)
    {
        reports.Add(Key, result);
        return Task.CompletedTask;
    }

    public Task ShardFailed(int attempt, int rank, Refusal reason)
    {
        reports.Add(Key, attempt, rank, reason);
        return Task.CompletedTask;
    }

    private static NotSupportedException Unused() => new("Workers only report.");
}

/// <summary>The silos that made themselves known, and what operators want.</summary>
internal sealed class HeardSilos
{
    public ConcurrentDictionary<string, IReadOnlyList<Device>> Devices { get; } = new();

    public ConcurrentDictionary<string, WorkersReport> Reports { get; } = new();

    public WorkerOrders Orders { get; set; } = WorkerOrders.None;

    public WorkerReport? Of(WorkerKey worker) => Reports.GetValueOrDefault(worker.SiloName)?.Workers.FirstOrDefault(report => report.Device.Name == worker.Device);
}

/// <summary>Who holds what; outlives every activation.</summary>
internal sealed class ClaimShelf
{
    public ConcurrentDictionary<string, DeviceClaim> Claims { get; } = new();

    /// <summary>Whether nothing can be claimed or renewed, as when the shelf is out of reach.</summary>
    public bool Silent { get; set; }

    public bool HolderIsDead { get; set; }
}

[GrainType("device-claim")]
internal sealed class ShelvedDeviceClaimGrain(ClaimShelf shelf) : Grain, IDeviceClaimGrain
{
    private string Identity => this.GetPrimaryKeyString();

    public Task<DeviceClaim> Claim(WorkerKey worker, string siloAddress) =>
        Keep(present => DeviceClaimRules.Claim(present, Identity, worker, siloAddress, shelf.HolderIsDead, DeviceClaimRules.Lease + DeviceClaimRules.Margin).OrThrow());

    public Task<DeviceClaim> Renew(WorkerKey worker, long token) => Keep(present => DeviceClaimRules.Renew(present, Identity, worker, token).OrThrow());

    public Task Release(WorkerKey worker, long token) => Keep(present => DeviceClaimRules.Release(present, worker, token)!);

    private Task<DeviceClaim> Keep(Func<DeviceClaim?, DeviceClaim> next) =>
        shelf.Silent ? throw new TimeoutException("Out of reach.") : Task.FromResult(shelf.Claims[Identity] = next(shelf.Claims.GetValueOrDefault(Identity)));
}

[GrainType("price-book")]
internal sealed class UnreadPriceBookGrain : Grain, Finance.IPriceBookGrain
{
    public Task Register(Domain.Finance.PriceBook book) => Task.CompletedTask;

    public Task<IReadOnlyList<Domain.Finance.PriceBook>> List() => Task.FromResult<IReadOnlyList<Domain.Finance.PriceBook>>([]);
}

[GrainType("worker-pool")]
internal sealed class HearingWorkerPoolGrain(HeardSilos heard) : Grain, IWorkerPoolGrain
{
    public Task Heartbeat(string siloName, IReadOnlyList<Device> devices)
    {
        heard.Devices[siloName] = devices;
        return Task.CompletedTask;
    }

    public Task<PoolAnswer> Report(WorkersReport report)
    {
        heard.Devices[report.SiloName] = [.. report.Workers.Select(worker => worker.Device)];
        heard.Reports[report.SiloName] = report;
        return Task.FromResult(WorkerRoll.Answer(report, heard.Orders));
    }

    public Task<Domain.Endpoints.PoolView> View() => throw new NotSupportedException("Workers only report.");

    public Task<PooledWorker> Order(WorkerKey worker, WorkerOrder order) => throw new NotSupportedException("Workers only report.");

    public Task<IReadOnlyList<WorkerKey>> List() =>
        Task.FromResult<IReadOnlyList<WorkerKey>>([.. heard.Devices.SelectMany(silo => silo.Value.Select(device => new WorkerKey(silo.Key, device.Name)))]);
}
