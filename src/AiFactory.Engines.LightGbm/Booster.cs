using System.Runtime.CompilerServices;
using AiFactory.Domain.Refusals;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.LightGbm;

namespace AiFactory.Engines.LightGbm;

/// <summary>Trains trees with LightGBM on one thread, deterministically.</summary>
internal static class Booster
{
    private const int VerifiedRows = 10_000;
    private const float VerifiedTolerance = 1e-6f;

    /// <summary>
    /// Trains, and verifies that the trees taken out of the library's model score rows as the model itself does. The model has narrowed the trees'
    /// thresholds to single precision, which is what the features are.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="RefusedException"><c>trees-cannot-split</c>.</exception>
    /// <exception cref="InvalidOperationException">The trees score otherwise than the model they were taken from.</exception>
    public static TreeEnsemble Train(
        IReadOnlyList<LabelledRow> rows, int width, LightGbmSettings settings, int rounds, int seed, CancellationToken cancellation)
    {
        var context = new MLContext(seed);
        using var stop = cancellation.Register(() => CancelExecution(context));
        var schema = SchemaDefinition.Create(typeof(LabelledRow));
        schema[nameof(LabelledRow.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, width);
        var options = new LightGbmBinaryTrainer.Options
        {
            LabelColumnName = nameof(LabelledRow.Label),
            FeatureColumnName = nameof(LabelledRow.Features),
            NumberOfIterations = rounds,
            LearningRate = settings.LearningRate,
            NumberOfLeaves = settings.Leaves,
            MinimumExampleCountPerLeaf = settings.LeafRowsMin,
            UseCategoricalSplit = false,
            HandleMissingValue = false,
            Deterministic = true,
            ForceColumnWise = true,
            NumberOfThreads = 1,
            Seed = seed & int.MaxValue,
            Booster = new GradientBooster.Options
            {
                L2Regularization = settings.L2,
                FeatureFraction = settings.FeatureFraction,
                SubsampleFraction = settings.RowFraction,
                SubsampleFrequency = settings.RowFraction < 1 ? 1 : 0,
            },
        };
        try
        {
            var model = context.BinaryClassification.Trainers.LightGbm(options).Fit(context.Data.LoadFromEnumerable(rows, schema));
            var calibrator = (PlattCalibrator)model.Model.Calibrator;
            var trees = ((LightGbmBinaryModelParameters)model.Model.SubModel).TrainedTreeEnsemble;
            var ensemble = new TreeEnsemble(
                [.. trees.Trees.Select(BoostedTree.From)], -calibrator.Slope, -calibrator.Offset - (calibrator.Slope * trees.Bias));
            if (ensemble.Trees.All(tree => tree.IsConstant))
            {
                throw NothingToSplit(settings);
            }

            var sample = rows.Take(VerifiedRows).ToList();
            Verify(ensemble, sample, model.Transform(context.Data.LoadFromEnumerable(sample, schema)).GetColumn<float>("Probability"));
            return ensemble;
        }
        catch (Exception failure) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException("Training was cancelled.", failure, cancellation);
        }
        catch (ArgumentNullException failure)
        {
            // ML.NET cannot hold a tree without a split and without a value, and fails on a null where the library made one.
            throw NothingToSplit(settings, failure);
        }
    }

    private static RefusedException NothingToSplit(LightGbmSettings settings, Exception? failure = null) => new(
        new Refusal("trees-cannot-split", RefusalKind.Unprocessable,
            $"No column tells the classes apart with at least {settings.LeafRowsMin} training rows on either side.", "leaf-rows-min",
            "Ingest more rows, or set the hyperparameter leaf-rows-min lower."),
        failure);

    private static void Verify(TreeEnsemble ensemble, IEnumerable<LabelledRow> rows, IEnumerable<float> probabilities)
    {
        foreach (var (row, expected) in rows.Zip(probabilities))
        {
            var own = ensemble.Probability(ensemble.Trees.Sum(tree => tree.Score(row.Features)));
            if (!(Math.Abs(own - expected) <= VerifiedTolerance))
            {
                throw new InvalidOperationException($"The trees give {own} where the model they were taken from gives {expected}.");
            }
        }
    }

    /// <summary>Stops the library between two rounds. ML.NET has this method, but not in public.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "CancelExecution")]
    private static extern void CancelExecution(MLContext context);

    /// <summary>One training row as ML.NET reads it.</summary>
    internal sealed class LabelledRow
    {
        public bool Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
