using AiFactory.Domain.Training;
using AiFactory.Trainers.Tests.Support;

namespace AiFactory.Trainers.Tests.Torch;

public sealed class MlpDeterminismTests : TorchTest
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Train_Twice_GivesTheSameBytes(int worldSize)
    {
        var task = ChurnTable.Task(epochs: 2, rows: 1000, hyperparameters: ("dropout", 0.2));

        var first = new InProcessRanks(worldSize, Token).Train(Trainer, task);
        var second = new InProcessRanks(worldSize, Token).Train(Trainer, task);

        Assert.Equal(first[0].Onnx, second[0].Onnx);
        Assert.Equal(first[0].HoldoutScores, second[0].HoldoutScores);
        Assert.All(first, model => Assert.Equal(first[0].Onnx, model.Onnx));
    }

    [Fact]
    public void Train_OtherSeed_GivesAnotherModel()
    {
        var task = ChurnTable.Task(seed: 1, epochs: 1, rows: 500);

        var first = new InProcessRanks(1, Token).Train(Trainer, task)[0];
        var second = new InProcessRanks(1, Token).Train(Trainer, task with { Seed = 2 })[0];

        Assert.NotEqual(first.HoldoutScores, second.HoldoutScores);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 0)]
    [InlineData(2, 0.3)]
    public void Train_Sharded_AgreesWithOneShard(int worldSize, double dropout)
    {
        var task = ChurnTable.Task(epochs: 5, rows: 2000, hyperparameters: ("dropout", dropout));
        var alone = new InProcessRanks(1, Token);
        var together = new InProcessRanks(worldSize, Token);

        var one = alone.Train(Trainer, task)[0];
        var many = together.Train(Trainer, task)[0];

        Assert.InRange(TrainedModelEvaluation.MaxAbsDifference(one.HoldoutScores, many.HoldoutScores), 0, 2e-3);
        foreach (var (left, right) in alone.Epochs.Zip(together.Epochs))
        {
            Assert.Equal(left.TrainLoss, right.TrainLoss, 1e-4);
        }
    }

    [Fact]
    public void Train_MoreRanksThanRowsInABatch_StillLearns()
    {
        var task = ChurnTable.Task(epochs: 2, rows: 300, hyperparameters: ("batch-size", 2));

        var one = new InProcessRanks(1, Token).Train(Trainer, task)[0];
        var many = new InProcessRanks(4, Token).Train(Trainer, task)[0];

        Assert.InRange(TrainedModelEvaluation.MaxAbsDifference(one.HoldoutScores, many.HoldoutScores), 0, 2e-3);
    }

    [Fact]
    public void Train_EachRank_ComputesOnOneThread()
    {
        var ranks = new InProcessRanks(2, Token);

        ranks.Train(Trainer, ChurnTable.Task(epochs: 1, rows: 500));

        Assert.All(ranks.ComputeThreads, threads => Assert.Single(threads));
    }
}
