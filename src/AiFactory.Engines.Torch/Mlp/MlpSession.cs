using System.Globalization;
using System.Runtime.InteropServices;
using AiFactory.Domain.Models;
using AiFactory.Domain.Training;
using AiFactory.Engines.Training;
using static TorchSharp.torch;

namespace AiFactory.Engines.Torch.Mlp;

/// <summary>One rank's part of one training, from start or checkpoint to the exported model.</summary>
internal sealed class MlpSession : IDisposable
{
    private const int ScoredAtOnce = 8_192;

    private readonly TrainingTask _task;
    private readonly MlpSettings _settings;
    private readonly ITrainingContext _context;
    private readonly TimeProvider _time;
    private readonly TableFit _fit;
    private readonly MlpLayout _layout;
    private readonly MlpData _data;
    private readonly MlpNetwork _network;
    private readonly AdamW _optimizer;
    private readonly EpochJudge _judge;
    private readonly byte[] _fingerprint;
    private readonly int _epochsDone;

    public MlpSession(TrainingTask task, MlpSettings settings, ITrainingContext context, TimeProvider time)
    {
        (_task, _settings, _context, _time) = (task, settings, context, time);
        _fingerprint = CheckpointFrame.Fingerprint("mlp", task);
        _judge = new(task);
        _fit = TableFit.To(task.Table, task.TrainRows);
        _layout = new(_fit, settings);
        var resumed = context.Checkpoint is { } bytes ? MlpCheckpoint.Read(_fingerprint, bytes, _layout.Length) : null;
        _data = new(task.Table, _fit);
        _network = new(_layout, resumed?.Weights ?? _layout.Initialise(task.Seed));
        _optimizer = new(_layout.Length);
        if (resumed is not null)
        {
            _epochsDone = resumed.Epoch;
            resumed.First.CopyTo(_optimizer.First);
            resumed.Second.CopyTo(_optimizer.Second);
            _optimizer.Steps = resumed.Steps;
        }
    }

    public TrainedModel Train()
    {
        for (var epoch = _epochsDone + 1; epoch <= _task.Epochs; epoch++)
        {
            TrainEpoch(epoch);
        }

        TrainedModel? model = null;
        _context.Cancellation.ThrowIfCancellationRequested();
        _context.Compute(() => model = Finish());
        return model!;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _network.Dispose();
        _data.Dispose();
    }

    private void TrainEpoch(int epoch)
    {
        var started = _time.GetTimestamp();
        var plan = new EpochPlan(_task.TrainRows, _task.Seed, epoch, _settings.BatchSize, _context.Rank, _context.WorldSize);
        using var rows = new EpochRows();
        _context.Cancellation.ThrowIfCancellationRequested();
        _context.Compute(() => rows.Load(_data, plan));
        double loss = 0;
        for (var step = 0; step < plan.Slices.Count; step++)
        {
            _context.Cancellation.ThrowIfCancellationRequested();
            var slice = plan.Slices[step];
            _context.Compute(() => ComputeGradients(rows, plan, slice));
            _context.AllReduceSum(_network.GradientValues);
            loss += (double)_network.GradientValues[^1] * slice.BatchRows;
            var rate = LearningRate(epoch - 1 + ((double)step / plan.Slices.Count));
            _context.Compute(() => _optimizer.Step(_network.Weights, _network.Gradients, rate, _settings.WeightDecay));
        }

        loss /= _task.TrainRows.Length;
        float[] scores = [];
        if (_context.Rank == 0)
        {
            _context.Compute(() => scores = Score(_task.HoldoutRows));
        }

        var seconds = _time.GetElapsedTime(started).TotalSeconds;
        var metrics = _context.Rank == 0 ? _judge.Judge(epoch, scores, loss, seconds) : EpochJudge.Unjudged(epoch, loss, seconds);
        _context.EndEpoch(metrics, () => MlpCheckpoint.Write(_fingerprint, epoch, _network, _optimizer));
    }

    /// <summary>Half a cosine from the full rate at the start to zero at the end.</summary>
    private double LearningRate(double epochsDone) =>
        _settings.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * epochsDone / _task.Epochs));

    /// <summary>The slice's summed gradient and loss, divided by the rows of the whole minibatch: the ranks' sum is the minibatch's mean.</summary>
    private void ComputeGradients(EpochRows rows, EpochPlan plan, EpochPlan.Slice slice)
    {
        using var scope = NewDisposeScope();
        _network.Gradients.zero_();
        if (slice.Count == 0)
        {
            return;
        }

        var (inputs, labels) = rows.Slice(slice);
        using var loss = nn.functional.binary_cross_entropy_with_logits(
            _network.Logits(inputs, Masks(plan, slice)), labels, reduction: nn.Reduction.Sum) / slice.BatchRows;
        loss.backward();
        _network.GradientValues[^1] = loss.item<float>();
    }

    private (Tensor First, Tensor Second)? Masks(EpochPlan plan, EpochPlan.Slice slice) => _settings.Dropout == 0
        ? null
        : (tensor(plan.Mask(slice, _settings.Hidden1, 0, _settings.Dropout)).view(slice.Count, _settings.Hidden1),
            tensor(plan.Mask(slice, _settings.Hidden2, 1, _settings.Dropout)).view(slice.Count, _settings.Hidden2));

    private float[] Score(int[] rows)
    {
        using var noGradient = no_grad();
        var scores = new float[rows.Length];
        for (var start = 0; start < rows.Length; start += ScoredAtOnce)
        {
            using var scope = NewDisposeScope();
            var part = rows.AsSpan(start, Math.Min(ScoredAtOnce, rows.Length - start)).ToArray();
            var (inputs, _) = _data.Select(Array.ConvertAll(part, row => (long)row));
            MemoryMarshal.Cast<byte, float>(_network.Logits(inputs).sigmoid().bytes).CopyTo(scores.AsSpan(start));
        }

        return scores;
    }

    private TrainedModel Finish()
    {
        var classes = new BinaryClasses(FeatureSelection.OutputName, _task.Table.NegativeClass, _task.Table.PositiveClass);
        var onnx = MlpOnnx.Export(_fit, _layout, _network.Weights, classes, _task.Seed);
        var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["trainer"] = "mlp",
            ["seed"] = Text(_task.Seed),
            ["epochs"] = Text(_task.Epochs),
            ["shards"] = Text(_context.WorldSize),
            ["parameters"] = Text(_layout.Length),
        };
        foreach (var (name, value) in TrainingRules.Merge(MlpSettings.Defaults, _task.Hyperparameters))
        {
            parameters[name] = Text(value);
        }

        return new(onnx, Score(_task.HoldoutRows), classes, parameters);
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
