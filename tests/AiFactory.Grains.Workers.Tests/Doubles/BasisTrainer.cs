using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using AiFactory.Domain.Models;
using AiFactory.Engines.Training;

namespace AiFactory.Grains.Workers.Tests.Doubles;

/// <summary>Fits a <see cref="BasisModel"/> by gradient descent, every rank on its share of the rows.</summary>
internal sealed class BasisTrainer : ITrainer
{
    /// <summary>Hyperparameter by which a test knows its own run.</summary>
    public const string Mark = "mark";

    private const int Terms = 101;
    private const float Step = 0.05f;

    private readonly ConcurrentDictionary<(int Mark, int Rank), int> _reductions = new();
    private readonly ConcurrentDictionary<(int Mark, int Rank), float[]> _weights = new();

    public string Name => "basis";

    public bool Shards => true;

    public int DefaultEpochs => 5;

    public IReadOnlyDictionary<string, double> Defaults { get; } = new Dictionary<string, double> { [Mark] = 0 };

    /// <summary>Sums that a rank has begun.</summary>
    public int Reductions(int mark, int rank) => _reductions.GetValueOrDefault((mark, rank));

    /// <summary>What a rank ended with, bit by bit; null before.</summary>
    public int[]? Bits(int mark, int rank) =>
        _weights.TryGetValue((mark, rank), out var weights) ? Array.ConvertAll(weights, BitConverter.SingleToInt32Bits) : null;

    public TrainedModel Train(TrainingTask task, ITrainingContext context)
    {
        var mark = (int)task.Hyperparameters[Mark];
        var values = ((NumericColumn)task.Table.Features.Single()).Values;
        var judge = new EpochJudge(task);
        var weights = context.Checkpoint is { } checkpoint ? MemoryMarshal.Cast<byte, float>(checkpoint).ToArray() : new float[Terms];
        float[] scores = [];
        for (var epoch = 1; epoch <= task.Epochs; epoch++)
        {
            var gradient = new float[Terms];
            context.Compute(() => Add(gradient, weights, task, values, context));
            _reductions.AddOrUpdate((mark, context.Rank), 1, (_, before) => before + 1);
            context.AllReduceSum(gradient);
            context.Compute(() =>
            {
                for (var term = 0; term < Terms; term++)
                {
                    weights[term] -= Step * gradient[term] / task.TrainRows.Length;
                }

                scores = Array.ConvertAll(task.HoldoutRows, row => BasisModel.Score(weights, values[row]));
            });
            context.EndEpoch(judge.Judge(epoch, scores, 0.5, 0.1), () => BasisModel.Artifact(weights));
        }

        _weights[(mark, context.Rank)] = weights;
        return new(BasisModel.Artifact(weights), scores, new BinaryClasses(BasisModel.Output, task.Table.NegativeClass, task.Table.PositiveClass),
            new Dictionary<string, string> { ["terms"] = "101" });
    }

    private static void Add(float[] gradient, float[] weights, TrainingTask task, float[] values, ITrainingContext context)
    {
        for (var at = context.Rank; at < task.TrainRows.Length; at += context.WorldSize)
        {
            var row = task.TrainRows[at];
            var error = BasisModel.Score(weights, values[row]) - (task.Table.Labels[row] ? 1 : 0);
            for (var term = 0; term < Terms; term++)
            {
                gradient[term] += error * BasisModel.Basis(term, values[row]);
            }
        }
    }
}
