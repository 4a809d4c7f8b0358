using AiFactory.Domain.Refusals;
using AiFactory.Engines.Training;
using AiFactory.Trainers.Tests.Support;

namespace AiFactory.Trainers.Tests.Torch;

public sealed class MlpCheckpointTests : TorchTest
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 3)]
    public void Train_Resumed_EqualsAnUndisturbedRun(int worldSize, int killedAfter)
    {
        var task = ChurnTable.Task(epochs: 4, rows: 1000, hyperparameters: ("dropout", 0.1));
        var undisturbed = new InProcessRanks(worldSize, Token);
        var expected = undisturbed.Train(Trainer, task)[0];

        var resumed = new InProcessRanks(worldSize, Token, undisturbed.Checkpoints[killedAfter]);
        var actual = resumed.Train(Trainer, task)[0];

        Assert.Equal(expected.Onnx, actual.Onnx);
        Assert.Equal(expected.HoldoutScores, actual.HoldoutScores);
        Assert.Equal(
            undisturbed.Epochs.Skip(killedAfter).Select(epoch => epoch with { Seconds = 0 }),
            resumed.Epochs.Select(epoch => epoch with { Seconds = 0 }));
        Assert.Equal(undisturbed.Checkpoints[4], resumed.Checkpoints[4]);
    }

    [Fact]
    public void Train_ResumedAtTheEnd_OnlyExports()
    {
        var task = ChurnTable.Task(epochs: 2, rows: 500);
        var undisturbed = new InProcessRanks(1, Token);
        var expected = undisturbed.Train(Trainer, task)[0];

        var resumed = new InProcessRanks(1, Token, undisturbed.Checkpoints[2]);

        Assert.Equal(expected.Onnx, resumed.Train(Trainer, task)[0].Onnx);
        Assert.Empty(resumed.Epochs);
    }

    [Fact]
    public void Train_DamagedCheckpoint_IsRefused()
    {
        var task = ChurnTable.Task(epochs: 1, rows: 500);
        var ranks = new InProcessRanks(1, Token);
        ranks.Train(Trainer, task);
        var good = ranks.Checkpoints[1];

        Assert.Equal("checkpoint-corrupt", Refusal([], task));
        Assert.Equal("checkpoint-corrupt", Refusal(good[..^1], task));
        Assert.Equal("checkpoint-corrupt", Refusal([.. good, 0], task));
        foreach (var at in new[] { 0, 10, 41, 45, 100, good.Length / 2, good.Length - 1 })
        {
            var damaged = good.ToArray();
            damaged[at] ^= 0x10;
            Assert.Equal("checkpoint-corrupt", Refusal(damaged, task));
        }
    }

    [Fact]
    public void Train_CheckpointOfAnotherTask_IsRefused()
    {
        var task = ChurnTable.Task(epochs: 1, rows: 500);
        var ranks = new InProcessRanks(1, Token);
        ranks.Train(Trainer, task);

        Assert.Equal("checkpoint-foreign", Refusal(ranks.Checkpoints[1], task with { Seed = 9 }));
    }

    private string Refusal(byte[] checkpoint, TrainingTask task) =>
        Assert.Throws<RefusedException>(() => new InProcessRanks(1, Token, checkpoint).Train(Trainer, task)).Refusal.Code;
}
