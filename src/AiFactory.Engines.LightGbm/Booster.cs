using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.LightGbm;

namespace AiFactory.Engines.LightGbm;

/// <summary>Trains trees with LightGBM on one thread, deterministically.</summary>
internal static class Booster
{
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static TreeEnsemble Train(
        IEnumerable<LabelledRow> rows, int width, LightGbmSettings settings, int rounds, int seed, CancellationToken cancellation)
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
            var model = context.BinaryClassification.Trainers.LightGbm(options).Fit(context.Data.LoadFromEnumerable(rows, schema)).Model;
            var calibrator = (PlattCalibrator)model.Calibrator;
            var trees = ((LightGbmBinaryModelParameters)model.SubModel).TrainedTreeEnsemble;
            return new([.. trees.Trees.Select(BoostedTree.From)], -calibrator.Slope, -calibrator.Offset + (-calibrator.Slope * trees.Bias));
        }
        catch (Exception failure) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException("Training was cancelled.", failure, cancellation);
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "CancelExecution")]
    private static extern void CancelExecution(MLContext context);

    /// <summary>One training row as ML.NET reads it.</summary>
    internal sealed class LabelledRow
    {
        public bool Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
