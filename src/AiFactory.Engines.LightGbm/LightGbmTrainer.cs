using System.Globalization;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Statistics;
using AiFactory.Domain.Training;
using AiFactory.Engines.Native;
using AiFactory.Engines.Training;

namespace AiFactory.Engines.LightGbm;

/// <summary>
/// Gradient-boosted trees over numeric and one-hot columns. An epoch is a round (a tree). The library trains all rounds in one go; metrics by round are
/// computed afterwards from the sums over the first trees, and a resumed run trains again from the start, which takes seconds and gives the same trees.
/// </summary>
internal sealed class LightGbmTrainer(TimeProvider time) : ITrainer
{
    private const int RoundsAReport = 10;

    public string Name => "lightgbm";

    public bool Shards => false;

    public int DefaultEpochs => 200;

    public IReadOnlyDictionary<string, double> Defaults => LightGbmSettings.Defaults;

    public TrainedModel Train(TrainingTask task, ITrainingContext context)
    {
        if (context.WorldSize > 1)
        {
            throw new RefusedException(new Refusal("shards-unsupported", RefusalKind.Unprocessable,
                "Trainer 'lightgbm' computes on one worker only.", "shards", "Set shards to 1."));
        }

        TrainableTask.Require(task);
        var settings = LightGbmSettings.Read(task.Hyperparameters);
        var fingerprint = CheckpointFrame.Fingerprint(Name, task);
        var reported = context.Checkpoint is { } bytes ? CheckpointFrame.Read(fingerprint, bytes).Epoch : 0;
        var started = time.GetTimestamp();
        context.Cancellation.ThrowIfCancellationRequested();
        TrainedTrees? trained = null;
        context.Compute(() =>
        {
            NativeEnvironment.WaitPassively();
            trained = TrainTrees(task, settings, context.Cancellation);
        });
        var secondsAReport = time.GetElapsedTime(started).TotalSeconds / Math.Ceiling((double)task.Epochs / RoundsAReport);
        float[] scores = [];
        foreach (var (round, trainLoss, probabilities) in trained!.Rounds(task))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            scores = probabilities;
            if (round > reported)
            {
                var metrics = trained.Judge.Judge(round, probabilities, trainLoss, secondsAReport);
                context.EndEpoch(metrics, () => CheckpointFrame.Write(fingerprint, round, []));
            }
        }

        TrainedModel? model = null;
        context.Compute(() => model = trained.Export(task, scores));
        return model!;
    }

    private static TrainedTrees TrainTrees(TrainingTask task, LightGbmSettings settings, CancellationToken cancellation)
    {
        var fit = TableFit.To(task.Table, task.TrainRows);
        var features = new TreeFeatures(fit);
        var rows = task.TrainRows.Select(row => new Booster.LabelledRow { Label = task.Table.Labels[row], Features = features.Row(row) }).ToList();
        var ensemble = Booster.Train(rows, features.Width, settings, task.Epochs, task.Seed, cancellation);
        return new(fit, features, ensemble, new EpochJudge(task));
    }

    private sealed record TrainedTrees(TableFit Fit, TreeFeatures Features, TreeEnsemble Ensemble, EpochJudge Judge)
    {
        /// <summary>Train loss and holdout probabilities after every tenth tree and after the last.</summary>
        public IEnumerable<(int Round, double TrainLoss, float[] Probabilities)> Rounds(TrainingTask task)
        {
            var labels = Array.ConvertAll(task.TrainRows, row => task.Table.Labels[row]);
            var train = new RunningScores(Features, task.TrainRows);
            var holdout = new RunningScores(Features, task.HoldoutRows);
            for (var done = 0; done < task.Epochs;)
            {
                var next = Math.Min(done + RoundsAReport, task.Epochs);

                // The library stops early when no split helps any more: later rounds add nothing.
                foreach (var tree in Ensemble.Trees.Skip(done).Take(next - done))
                {
                    train.Add(tree);
                    holdout.Add(tree);
                }

                done = next;
                yield return (done, BinaryMetrics.LogLoss(train.Probabilities(Ensemble), labels), holdout.Probabilities(Ensemble));
            }
        }

        public TrainedModel Export(TrainingTask task, float[] scores)
        {
            var classes = new BinaryClasses(FeatureSelection.OutputName, task.Table.NegativeClass, task.Table.PositiveClass);
            var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal)
            {
                ["trainer"] = "lightgbm",
                ["seed"] = Text(task.Seed),
                ["epochs"] = Text(task.Epochs),
                ["trees"] = Text(Ensemble.Trees.Count),
            };
            foreach (var (name, value) in TrainingRules.Merge(LightGbmSettings.Defaults, task.Hyperparameters))
            {
                parameters[name] = Text(value);
            }

            return new(TreeOnnx.Export(Fit, Features, Ensemble, classes), scores, classes, parameters);
        }

        private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The sums over the trees so far, a row.</summary>
    private sealed class RunningScores(TreeFeatures features, int[] rows)
    {
        private readonly float[][] _rows = Array.ConvertAll(rows, features.Row);
        private readonly double[] _sums = new double[rows.Length];

        public void Add(BoostedTree tree)
        {
            for (var i = 0; i < _rows.Length; i++)
            {
                _sums[i] += tree.Score(_rows[i]);
            }
        }

        public float[] Probabilities(TreeEnsemble ensemble) => Array.ConvertAll(_sums, ensemble.Probability);
    }
}
