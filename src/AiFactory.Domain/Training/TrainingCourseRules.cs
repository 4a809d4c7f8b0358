using System.Text.Json;
using AiFactory.Domain.Datasets;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using AiFactory.Domain.Tenants;
using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Training;

/// <summary>The life of a training run: pending, attempt after attempt from checkpoint to checkpoint, then completed, failed or cancelled.</summary>
public static class TrainingCourseRules
{
    /// <summary>Attempts in a row that may end without a new checkpoint.</summary>
    public const int FruitlessAttemptsMax = 5;

    /// <summary>A new run, admitted by <see cref="TrainingRules"/> before.</summary>
    public static TrainingCourse Begin(TrainingRunKey key, TrainingSpec requested, TrainingSpec admitted, DatasetVersion dataset, DateTimeOffset now) =>
        new(requested, new TrainingRun(key.RunId, admitted, TrainingStatus.Pending, now, Attempt: 0, CheckpointEpoch: 0, [], []), dataset, [], FruitlessAttempts: 0);

    /// <summary>The run there is, when it was started by the same spec.</summary>
    public static Ruling<TrainingRun> StartAgain(TrainingCourse course, TrainingSpec spec) =>
        JsonSerializer.Serialize(course.Requested, FactoryJson.Options) == JsonSerializer.Serialize(spec, FactoryJson.Options)
            ? course.Run
            : new Refusal("training-run-exists", RefusalKind.Conflict, $"Training run {course.Run.Id} was started with another spec.", course.Run.Id,
                "Use another idempotency key for another run.");

    public static Ruling<TrainingRun> Get(TrainingCourse? course, TrainingRunKey key) =>
        course is not null ? course.Run : NotFound(key);

    /// <summary>Refuses names that no path or key may hold.</summary>
    public static Refusal? CheckId(TrainingRunKey key) => ResourceName.Check("training run", key.RunId).Refusal;

    /// <summary>The next attempt, from the last checkpoint; epochs reported after it are trained again.</summary>
    public static TrainingCourse StartAttempt(TrainingCourse course, IReadOnlyList<WorkerKey> ring) => course with
    {
        Ring = ring,
        Run = course.Run with
        {
            Status = TrainingStatus.Running,
            Attempt = course.Run.Attempt + 1,
            Workers = [.. ring.Select(worker => worker.ToGrainKey())],
            Epochs = [.. course.Run.Epochs.Where(epoch => epoch.Epoch <= course.Run.CheckpointEpoch)],
        },
    };

    /// <summary>A checkpoint is durable. Reports of older attempts and repeated ones change nothing.</summary>
    public static TrainingCourse EndEpoch(TrainingCourse course, int attempt, EpochMetrics metrics) =>
        IsCurrent(course, attempt) && metrics.Epoch > course.Run.CheckpointEpoch
            ? course with
            {
                FruitlessAttempts = 0,
                Run = course.Run with { CheckpointEpoch = metrics.Epoch, Epochs = [.. course.Run.Epochs, metrics] },
            }
            : course;

    /// <summary>
    /// An attempt is over without a model. What another attempt cannot mend fails the run at once; the rest is tried again, until
    /// <see cref="FruitlessAttemptsMax"/> attempts in a row bring no new checkpoint.
    /// </summary>
    public static TrainingCourse EndAttempt(TrainingCourse course, int attempt, Refusal reason, DateTimeOffset now)
    {
        if (!IsCurrent(course, attempt))
            return course;
        var fruitless = course.FruitlessAttempts + 1;
        var passing = reason.Kind is RefusalKind.Fault or RefusalKind.Unavailable or RefusalKind.StorageFull or RefusalKind.Throttled;
        return passing && fruitless < FruitlessAttemptsMax
            ? course with { Ring = [], FruitlessAttempts = fruitless, Run = course.Run with { Status = TrainingStatus.Pending, Workers = [] } }
            : course with { Ring = [], FruitlessAttempts = fruitless, Run = course.Run with { Status = TrainingStatus.Failed, EndedAt = now, Refusal = reason } };
    }

    /// <summary>Whether a result is the current attempt's, so that a model may be registered from it.</summary>
    public static bool IsCurrent(TrainingCourse course, int attempt) => course.AtWork && course.Run.Attempt == attempt;

    /// <summary>The registration of the run's model; its id is the run's, so that it happens once.</summary>
    public static RegisterModelVersion Registration(TrainingCourse course, TrainingResult result, string codeVersion) =>
        new(course.Run.Id, result.ArtifactSha256, result.ArtifactBytes, result.Signature, result.Classes,
            new ModelOrigin(course.Run.Id, course.Run.Spec.Dataset, null, codeVersion), course.Run.Spec.Trainer, result.Parameters, result.Evaluation);

    public static TrainingCourse Complete(TrainingCourse course, TrainingResult result, ModelVersionKey model, DateTimeOffset now) => course with
    {
        Ring = [],
        Run = course.Run with { Status = TrainingStatus.Completed, Evaluation = result.Evaluation, ModelVersion = model, EndedAt = now },
    };

    /// <summary>Cancelled, unless it is cancelled already; a run that ended otherwise cannot be.</summary>
    public static Ruling<TrainingCourse> Cancel(TrainingCourse? course, TrainingRunKey key, DateTimeOffset now) =>
        course is null ? NotFound(key)
        : course.Run.Status == TrainingStatus.Cancelled ? course
        : course.Ended ? new Refusal("training-run-ended", RefusalKind.Conflict, $"Training run {key.RunId} has ended already.", key.RunId, "There is nothing to cancel.")
        : course with { Ring = [], Run = course.Run with { Status = TrainingStatus.Cancelled, EndedAt = now } };

    private static Refusal NotFound(TrainingRunKey key) => new("training-run-not-found", RefusalKind.NotFound, $"There is no training run {key.RunId}.", key.RunId,
        "Use the id that the run was started with.");
}
