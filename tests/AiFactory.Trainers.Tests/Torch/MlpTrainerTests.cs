using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Engines.Torch.Mlp;
using AiFactory.Engines.Training;
using AiFactory.Trainers.Tests.Support;

namespace AiFactory.Trainers.Tests.Torch;

public sealed class MlpTrainerTests : TorchTest
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Export_MissingValues_ScoresLikeTheModule()
    {
        var task = ChurnTable.Task(epochs: 3) with { Table = ChurnTable.WithMissing(ChurnTable.Table, 7) };

        var model = new InProcessRanks(1, Token).Train(Trainer, task)[0];

        var scores = OnnxScorer.Score(model.Onnx, task.Table, task.HoldoutRows);
        Assert.InRange(TrainedModelEvaluation.MaxAbsDifference(model.HoldoutScores, scores), 0, 1e-5);
    }

    [Fact]
    public void Export_UnknownCategoriesAndMissingOnlyInHoldout_ScoresLikeTheModule()
    {
        var task = Strange(ChurnTable.Task(epochs: 3));

        var model = new InProcessRanks(1, Token).Train(Trainer, task)[0];

        var scores = OnnxScorer.Score(model.Onnx, task.Table, task.HoldoutRows);
        Assert.InRange(TrainedModelEvaluation.MaxAbsDifference(model.HoldoutScores, scores), 0, 1e-5);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Export_OneKindOfColumnOnly_ScoresLikeTheModule(bool numeric)
    {
        var task = ChurnTable.Task(epochs: 2, rows: 1000);
        task = task with { Table = task.Table with { Features = [.. task.Table.Features.Where(column => column is NumericColumn == numeric)] } };

        var model = new InProcessRanks(1, Token).Train(Trainer, task)[0];

        var scores = OnnxScorer.Score(model.Onnx, task.Table, task.HoldoutRows);
        Assert.InRange(TrainedModelEvaluation.MaxAbsDifference(model.HoldoutScores, scores), 0, 1e-5);
    }

    [Fact]
    public void Export_ColumnsNamedLikeGraphValues_KeepTheirNames()
    {
        var task = ChurnTable.Task(epochs: 1, rows: 500);
        var renamed = task.Table.Features.Select(FeatureColumn (column, c) => column with { Name = c % 2 == 0 ? $"constant_{c}" : $"Concat_{c}" });
        task = task with { Table = task.Table with { Features = [.. renamed] } };

        var model = new InProcessRanks(1, Token).Train(Trainer, task)[0];

        var scores = OnnxScorer.Score(model.Onnx, task.Table, task.HoldoutRows);
        Assert.InRange(TrainedModelEvaluation.MaxAbsDifference(model.HoldoutScores, scores), 0, 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Train_CancelledAfterAnEpoch_EndsBeforeTheNext(int worldSize)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var ranks = new InProcessRanks(worldSize, cancel.Token) { OnEpoch = _ => cancel.Cancel() };

        Assert.ThrowsAny<OperationCanceledException>(() => ranks.Train(Trainer, ChurnTable.Task(epochs: 100_000)));

        Assert.Single(ranks.Epochs);
    }

    [Fact]
    public void Train_OneClassInTrainingRows_IsRefused()
    {
        var task = ChurnTable.Task(rows: 500);
        var negatives = task.TrainRows.Where(row => !task.Table.Labels[row]).ToArray();

        var refused = Assert.Throws<RefusedException>(() => new InProcessRanks(1, Token).Train(Trainer, task with { TrainRows = negatives }));

        Assert.Equal("label-one-class", refused.Refusal.Code);
    }

    [Theory]
    [InlineData("learning-rate", 0)]
    [InlineData("batch-size", 0.5)]
    [InlineData("hidden-1", 1.5)]
    [InlineData("dropout", 1)]
    public void Train_HyperparameterOutOfRange_IsRefused(string name, double value)
    {
        var task = ChurnTable.Task(rows: 500, hyperparameters: (name, value));

        var refused = Assert.Throws<RefusedException>(() => new InProcessRanks(1, Token).Train(Trainer, task));

        Assert.Equal(("hyperparameter-out-of-range", name), (refused.Refusal.Code, refused.Refusal.Where));
    }

    [Fact]
    public void Defaults_Read_AreWithinRange() => Assert.Equal(64, MlpSettings.Read(Trainer.Defaults).BatchSize);

    /// <summary>Values in the holdout that no training row had: unknown categories, and missing numbers in columns that were complete.</summary>
    internal static TrainingTask Strange(TrainingTask task)
    {
        var holdout = task.HoldoutRows.ToHashSet();
        var columns = task.Table.Features.Select(FeatureColumn (column) => column switch
        {
            NumericColumn numeric => new NumericColumn(column.Name, [.. numeric.Values.Select((value, row) => holdout.Contains(row) && row % 3 == 0 ? float.NaN : value)]),
            CategoricalColumn text => new CategoricalColumn(column.Name, [.. text.Values.Select((value, row) => holdout.Contains(row) && row % 2 == 0 ? "Ωmega" : value)]),
            _ => column,
        });
        return task with { Table = task.Table with { Features = [.. columns] } };
    }
}
