using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Grains.Models;
using AiFactory.Grains.Training;

namespace AiFactory.Gateway.Fakes;

internal sealed class FakeModel(string key) : IModelGrain
{
    private readonly List<ModelVersion> _versions = [];

    public RegisterModelVersion? Registered { get; private set; }

    public Task<ModelVersion> Register(RegisterModelVersion command)
    {
        Registered = command;
        var version = new ModelVersion(ModelKey.FromGrainKey(key).Model, _versions.Count + 1, command.ArtifactSha256, command.ArtifactBytes, command.Signature, command.Classes,
            command.Origin, command.Kind, command.Parameters, command.Evaluation, new(true, []), DateTimeOffset.UnixEpoch, command.Files, command.MemoryBytes);
        _versions.Add(version);
        return Task.FromResult(version);
    }

    public Task<Model> Get() => _versions.Count == 0 ? throw NotFound() : Task.FromResult(new Model(ModelKey.FromGrainKey(key).Model, [.. _versions]));

    public Task<ModelVersion> GetVersion(int? version) =>
        Task.FromResult(_versions.LastOrDefault(candidate => version is null || candidate.Version == version) ?? throw NotFound());

    private RefusedException NotFound() => new(new("model-not-found", RefusalKind.NotFound, $"There is no model '{key}'.", key, "Train or import it."));
}

internal sealed class FakeModelVersion(string key) : IModelVersionGrain
{
    public ModelVersion? Version { get; set; }

    public Task<ModelVersion> Create(ModelVersion version) => throw new NotSupportedException();

    public Task<ModelVersion> Get() => Task.FromResult(Version ?? throw new RefusedException(new("model-version-not-found", RefusalKind.NotFound, $"There is no {key}.")));
}

internal sealed class FakeTrainingRun(string key) : ITrainingRunGrain
{
    public TrainingRun? Run { get; set; }

    /// <summary>Thrown by the next calls, one each.</summary>
    public Queue<Exception> Failures { get; } = [];

    public Task<TrainingRun> Start(TrainingSpec spec) => Failures.TryDequeue(out var failure) ? throw failure :
        Task.FromResult(Run ??= new(TrainingRunKey.FromGrainKey(key).RunId, spec, TrainingStatus.Pending, DateTimeOffset.UnixEpoch, 1, 0, [], []));

    public Task<TrainingRun> Get() => Failures.TryDequeue(out var failure) ? throw failure : Task.FromResult(Run ?? throw new RefusedException(new("training-run-not-found", RefusalKind.NotFound, $"There is no run '{key}'.")));

    public Task<TrainingRun> Cancel() => Failures.TryDequeue(out var failure) ? throw failure : Task.FromResult(Run = Run! with { Status = TrainingStatus.Cancelled });

    public Task EpochEnded(int attempt, EpochMetrics metrics) => throw new NotSupportedException();

    public Task ShardCompleted(int attempt, TrainingResult result) => throw new NotSupportedException();

    public Task ShardFailed(int attempt, int rank, Refusal reason) => throw new NotSupportedException();
}
