using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Engines.Inference;
using AiFactory.Engines.Training;
using AiFactory.Grains.Training;
using AiFactory.Lakehouse.Datasets;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Grains.Workers.Training;

/// <summary>Trains one rank of a run from its table to, on rank 0, an evaluated artefact. Synchronous: it has a thread of its own.</summary>
internal sealed class ShardTraining(
    IEnumerable<ITrainer> trainers,
    IInferenceEngine engine,
    IDatasetTables tables,
    IObjectStore objects,
    IShardDevices devices,
    IGrainFactory grains)
{
    /// <returns>What rank 0 hands over; null on the other ranks.</returns>
    /// <exception cref="RefusedException">The rank cannot go on.</exception>
    /// <exception cref="OperationCanceledException">The shard was stopped.</exception>
    public TrainingResult? Run(ShardAssignment assignment, RingInbox inbox, CancellationToken cancellation)
    {
        var spec = assignment.Spec;
        var trainer = trainers.FirstOrDefault(candidate => candidate.Name == spec.Trainer) ?? throw new RefusedException(
            new Refusal("trainer-unknown", RefusalKind.Unprocessable, $"Worker {assignment.Ring[assignment.Rank]} has no trainer '{spec.Trainer}'.", "trainer"));
        var table = TrainingTableLoader.Load(tables, assignment.Dataset, spec);
        var split = HoldoutSplit.Draw(table.Rows, spec.HoldoutFraction, spec.Seed);
        var task = new TrainingTask(table, split.TrainRows, split.HoldoutRows, spec.Epochs ?? trainer.DefaultEpochs, spec.Seed,
            TrainingRules.Merge(trainer.Defaults, spec.Hyperparameters));
        var next = grains.GetGrain<IWorkerGrain>(assignment.Ring[(assignment.Rank + 1) % assignment.Ring.Count].ToGrainKey());
        var context = new ShardContext(
            assignment,
            new GrainRingLink(assignment, next, inbox, cancellation),
            devices,
            new CheckpointStore(objects, assignment.Run),
            grains.GetGrain<ITrainingRunGrain>(assignment.Run.ToGrainKey()),
            cancellation);
        var model = trainer.Train(task, context);
        return assignment.Rank == 0 ? Evaluate(model, task, context) : null;
    }

    private TrainingResult Evaluate(TrainedModel model, TrainingTask task, ShardContext context)
    {
        using var bytes = new MemoryStream(model.Onnx, writable: false);
        var artifact = objects.PutContent(bytes, context.Cancellation).GetAwaiter().GetResult();
        using var graph = engine.Load(objects.LocalPath(objects.ContentPath(artifact.Sha256)));
        float[] graphScores = [];
        context.Compute(() => graphScores = HoldoutParity.Score(graph, model.Classes, task.Table, task.HoldoutRows));
        var labels = Array.ConvertAll(task.HoldoutRows, row => task.Table.Labels[row]);
        var evaluation = TrainedModelEvaluation.Of(model.HoldoutScores, labels, graphScores, task.Seed, model.Classes.Threshold);
        return new TrainingResult(artifact.Sha256, artifact.SizeBytes, graph.Signature, model.Classes, model.Parameters, evaluation);
    }
}
