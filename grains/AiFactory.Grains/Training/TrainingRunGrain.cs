using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Grains.Datasets;
using AiFactory.Grains.Models;
using AiFactory.Grains.PendingWork;
using AiFactory.Grains.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Training;

[GrainType("training-run")]
internal sealed partial class TrainingRunGrain(
    [PersistentState("training-run", StateStore.Name)] IPersistentState<TrainingRunState> state,
    TrainingCrew crew,
    TrainerCatalog trainers,
    IOptions<TrainingRunOptions> options,
    TimeProvider time,
    ILogger<TrainingRunGrain> logger) : Grain, ITrainingRunGrain, ITrainingCourseGrain
{
    private IGrainTimer? _watch;
    private long _reportedAt;

    private TrainingRunKey Key => TrainingRunKey.FromGrainKey(this.GetPrimaryKeyString());

    private PendingItem Pending => new(PendingKind.TrainingRun, this.GetPrimaryKeyString());

    private IPendingWorkGrain PendingWork => GrainFactory.GetGrain<IPendingWorkGrain>(IPendingWorkGrain.Key);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _reportedAt = time.GetTimestamp();
        if (state.State.Course is { Ended: false })
            StartWatch();
        return Task.CompletedTask;
    }

    public Task<TrainingRun> Get() => Task.FromResult(TrainingCourseRules.Get(state.State.Course, Key).OrThrow());

    public async Task<TrainingRun> Start(TrainingSpec spec)
    {
        if (state.State.Course is { } present)
            return TrainingCourseRules.StartAgain(present, spec).OrThrow();

        var asked = spec with { Dataset = spec.Dataset with { Tenant = Key.Tenant } };
        var dataset = await GrainFactory.GetGrain<IDatasetGrain>(asked.Dataset.DatasetKey.ToGrainKey()).GetVersion(asked.Dataset.Version == 0 ? null : asked.Dataset.Version);
        var admitted = TrainingRules.Admit(asked with { Dataset = asked.Dataset with { Version = dataset.Version } }, dataset, trainers.Trainers).OrThrow();
        if ((TrainingCourseRules.CheckId(Key) ?? (await crew.Choose(Key, admitted)).Refusal) is { } refusal)
            throw new RefusedException(refusal);

        await PendingWork.Enter(Pending);
        await GrainFactory.GetGrain<ITrainingRunCatalogGrain>(Key.Tenant).Add(Key.RunId);
        await Save(TrainingCourseRules.Begin(Key, spec, admitted, dataset, time.GetUtcNow()));
        StartWatch();
        return state.State.Course!.Run;
    }

    public async Task<TrainingRun> Cancel()
    {
        var before = state.State.Course;
        var cancelled = TrainingCourseRules.Cancel(before, Key, time.GetUtcNow()).OrThrow();
        if (!ReferenceEquals(before, cancelled))
        {
            await Save(cancelled);
            await crew.Stop(Key, before!.Run.Attempt, before.Ring);
            await Resume();
        }

        return cancelled.Run;
    }

    public async Task EpochEnded(int attempt, EpochMetrics metrics)
    {
        _reportedAt = time.GetTimestamp();
        if (state.State.Course is { } course && TrainingCourseRules.EndEpoch(course, attempt, metrics) is var next && !ReferenceEquals(next, course))
            await Save(next);
    }

    public async Task ShardCompleted(int attempt, TrainingResult result)
    {
        if (state.State.Course is not { } course || !TrainingCourseRules.IsCurrent(course, attempt))
            return;
        var model = new ModelKey(Key.Tenant, course.Run.Spec.Model);
        var version = await GrainFactory.GetGrain<IModelGrain>(model.ToGrainKey()).Register(TrainingCourseRules.Registration(course, result, CodeVersion.Text));
        await Save(TrainingCourseRules.Complete(course, result, new ModelVersionKey(model.Tenant, model.Model, version.Version), time.GetUtcNow()));
        LogCompleted(this.GetPrimaryKeyString(), model.Model, version.Version);
        await Resume();
    }

    public async Task ShardFailed(int attempt, int rank, Refusal reason)
    {
        if (state.State.Course is { } course && TrainingCourseRules.IsCurrent(course, attempt))
        {
            LogShardFailed(this.GetPrimaryKeyString(), attempt, rank, reason.ToString());
            await EndAttempt(course, reason);
        }
    }

    public async Task Resume()
    {
        if (state.State.Course is { Ended: false })
        {
            StartWatch();
            return;
        }

        _watch?.Dispose();
        _watch = null;
        await PendingWork.Strike(Pending);
    }

    private void StartWatch() => _watch ??= this.RegisterGrainTimer(
        static (grain, _) => grain.Watch(), this, new GrainTimerCreationOptions(TimeSpan.Zero, options.Value.WatchPeriod) { KeepAlive = true });

    private Task Watch() => state.State.Course switch
    {
        { Ended: false, AtWork: false } course => StartAttempt(course),
        { AtWork: true } course => LookAfter(course),
        _ => Resume(),
    };

    private async Task StartAttempt(TrainingCourse course)
    {
        // After a restart the workers come in one by one; waiting for them is not an attempt.
        if (await crew.Choose(Key, course.Run.Spec) is not { Granted: true, Value: var ring })
            return;
        var next = TrainingCourseRules.StartAttempt(course, ring);
        await Save(next);
        _reportedAt = time.GetTimestamp();
        LogAttempt(this.GetPrimaryKeyString(), next.Run.Attempt, next.Run.CheckpointEpoch, string.Join(", ", next.Run.Workers));
        if (await crew.Start(next.Assignments(Key)) is { } refusal)
            await EndAttempt(next, refusal);
    }

    private async Task LookAfter(TrainingCourse course)
    {
        var sights = await crew.Look(Key, course.Run.Attempt, course.Ring);
        if (ShardWatch.Judge(course.Ring, sights, time.GetElapsedTime(_reportedAt)) is { } lost)
        {
            LogLost(this.GetPrimaryKeyString(), course.Run.Attempt, lost.ToString());
            await EndAttempt(course, lost);
        }
    }

    private async Task EndAttempt(TrainingCourse course, Refusal reason)
    {
        await Save(TrainingCourseRules.EndAttempt(course, course.Run.Attempt, reason, time.GetUtcNow()));
        await crew.Stop(Key, course.Run.Attempt, course.Ring);
        await Resume();
    }

    private Task Save(TrainingCourse next) => state.Save(new TrainingRunState { Course = next });
}
