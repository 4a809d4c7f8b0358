using AiFactory.Domain.Refusals;
using AiFactory.Domain.Training;
using AiFactory.Engines.LightGbm;
using AiFactory.Engines.Training;
using AiFactory.Trainers.Tests.Support;
using AiFactory.Trainers.Tests.Torch;

namespace AiFactory.Trainers.Tests.LightGbm;

public sealed class LightGbmTrainerTests
{
    private readonly LightGbmTrainer _trainer = new(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Train_Twice_GivesTheSameBytes()
    {
        var task = ChurnTable.Task(epochs: 50);

        var first = new InProcessRanks(1, Token).Train(_trainer, task)[0];
        var second = new InProcessRanks(1, Token).Train(_trainer, task)[0];

        Assert.Equal(first.Onnx, second.Onnx);
        Assert.Equal(first.HoldoutScores, second.HoldoutScores);
    }

    [Fact]
    public void Train_Rounds_AreReportedByTens()
    {
        var ranks = new InProcessRanks(1, Token);

        var model = ranks.Train(_trainer, ChurnTable.Task(epochs: 25))[0];

        Assert.Equal([10, 20, 25], ranks.Epochs.Select(epoch => epoch.Epoch));
        Assert.True(ranks.Epochs[2].TrainLoss < ranks.Epochs[0].TrainLoss);
        Assert.Equal("25", model.Parameters["trees"]);
    }

    [Fact]
    public void Train_Resumed_GivesTheSameModelAndReportsTheRest()
    {
        var task = ChurnTable.Task(epochs: 30);
        var undisturbed = new InProcessRanks(1, Token);
        var expected = undisturbed.Train(_trainer, task)[0];

        var resumed = new InProcessRanks(1, Token, undisturbed.Checkpoints[20]);
        var actual = resumed.Train(_trainer, task)[0];

        Assert.Equal(expected.Onnx, actual.Onnx);
        Assert.Equal([30], resumed.Epochs.Select(epoch => epoch.Epoch));
    }

    [Fact]
    public void Train_DamagedCheckpoint_IsRefused()
    {
        var refused = Assert.Throws<RefusedException>(() => new InProcessRanks(1, Token, [1, 2, 3]).Train(_trainer, ChurnTable.Task(rows: 500)));

        Assert.Equal("checkpoint-corrupt", refused.Refusal.Code);
    }

    [Fact]
    public void Train_Sharded_IsRefused()
    {
        var refused = Assert.Throws<RefusedException>(() => new InProcessRanks(2, Token).Train(_trainer, ChurnTable.Task(rows: 500)));

        Assert.Equal("shards-unsupported", refused.Refusal.Code);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Export_MissingAndUnknownValues_ScoresLikeTheTrees(bool missingInTraining)
    {
        var task = MlpTrainerTests.Strange(ChurnTable.Task(epochs: 60));
        task = missingInTraining ? task with { Table = ChurnTable.WithMissing(task.Table, 7) } : task;

        var model = new InProcessRanks(1, Token).Train(_trainer, task)[0];

        var scores = OnnxScorer.Score(model.Onnx, task.Table, task.HoldoutRows);
        Assert.InRange(TrainedModelEvaluation.MaxAbsDifference(model.HoldoutScores, scores), 0, 1e-5);
    }

    [Fact]
    public void Export_ValuesAtTheThresholds_FallOnTheSameSide()
    {
        // Neighbouring single-precision numbers: a threshold between them has no room to be rounded.
        var values = Enumerable.Range(0, 400).Select(i => i % 2 == 0 ? 0.1f : MathF.BitIncrement(0.1f)).ToArray();
        var labels = Enumerable.Range(0, 400).Select(i => i % 2 == 0).ToArray();
        var split = HoldoutSplit.Draw(400, 0.25, 1);
        var table = new TrainingTable([new NumericColumn("x", values)], labels, "y", "a", "b");

        var model = new InProcessRanks(1, Token).Train(_trainer, new(table, split.TrainRows, split.HoldoutRows, 20, 1, _trainer.Defaults))[0];

        var scores = OnnxScorer.Score(model.Onnx, table, split.HoldoutRows);
        Assert.InRange(TrainedModelEvaluation.MaxAbsDifference(model.HoldoutScores, scores), 0, 1e-6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Export_OneKindOfColumnOnly_ScoresLikeTheTrees(bool numeric)
    {
        var task = ChurnTable.Task(epochs: 20, rows: 1000);
        task = task with { Table = task.Table with { Features = [.. task.Table.Features.Where(column => column is NumericColumn == numeric)] } };

        var model = new InProcessRanks(1, Token).Train(_trainer, task)[0];

        var scores = OnnxScorer.Score(model.Onnx, task.Table, task.HoldoutRows);
        Assert.InRange(TrainedModelEvaluation.MaxAbsDifference(model.HoldoutScores, scores), 0, 1e-5);
    }

    [Theory]
    [InlineData(6, false)]
    [InlineData(400, true)]
    public void Train_NothingToSplit_IsRefused(int rows, bool constant)
    {
        var values = Enumerable.Range(0, rows).Select(row => constant ? 1f : row).ToArray();
        var labels = Enumerable.Range(0, rows).Select(row => row % 2 == 0).ToArray();
        var split = HoldoutSplit.Draw(rows, 0.3, 1);
        var task = new TrainingTask(
            new([new NumericColumn("x", values)], labels, "y", "a", "b"), split.TrainRows, split.HoldoutRows, 10, 1, _trainer.Defaults);

        var refused = Assert.Throws<RefusedException>(() => new InProcessRanks(1, Token).Train(_trainer, task));

        Assert.Equal("trees-cannot-split", refused.Refusal.Code);
    }

    /// <summary>No run of so many rounds ends by itself before the tests' own limit.</summary>
    [Fact]
    public void Train_CancelledWhileTreesGrow_Ends()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var ranks = new InProcessRanks(1, cancel.Token);
        cancel.CancelAfter(TimeSpan.FromMilliseconds(300));

        Assert.ThrowsAny<OperationCanceledException>(() => ranks.Train(_trainer, ChurnTable.Task(epochs: 10_000_000)));

        Assert.Empty(ranks.Epochs);
    }
}
