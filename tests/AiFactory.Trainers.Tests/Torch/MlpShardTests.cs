using AiFactory.Domain.Training;
using AiFactory.Trainers.Tests.Support;

namespace AiFactory.Trainers.Tests.Torch;

public sealed class MlpShardTests(ITestOutputHelper output) : TorchTest
{
    [Fact]
    public void Train_WholeRunOnTwoShards_IsAsGoodAsOnOne()
    {
        var task = ChurnTable.Task(epochs: Trainer.DefaultEpochs);
        var alone = new InProcessRanks(1, TestContext.Current.CancellationToken);
        var together = new InProcessRanks(2, TestContext.Current.CancellationToken);

        var one = alone.Train(Trainer, task)[0];
        var two = together.Train(Trainer, task)[0];

        var mean = one.HoldoutScores.Zip(two.HoldoutScores, (left, right) => Math.Abs(left - right)).Average();
        output.WriteLine($"mean difference {mean}, largest {TrainedModelEvaluation.MaxAbsDifference(one.HoldoutScores, two.HoldoutScores)}");
        output.WriteLine($"auc {alone.Epochs[^1].HoldoutAuc} and {together.Epochs[^1].HoldoutAuc}");
        Assert.InRange(TrainedModelEvaluation.MaxAbsDifference(one.HoldoutScores, two.HoldoutScores), 0, 5e-3);
        Assert.Equal(alone.Epochs[^1].HoldoutAuc, together.Epochs[^1].HoldoutAuc, 0.01);
        Assert.Equal(alone.Epochs[0].TrainLoss, together.Epochs[0].TrainLoss, 1e-5);
    }
}
