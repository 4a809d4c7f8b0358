using AiFactory.Domain.Training;
using AiFactory.Engines.LightGbm;
using AiFactory.Trainers.Tests.Support;

namespace AiFactory.Trainers.Tests.LightGbm;

public sealed class LightGbmQualityTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Train_Churn_IsAccurate(int seed)
    {
        var trainer = new LightGbmTrainer(TimeProvider.System);
        var task = ChurnTable.Task(seed, trainer.DefaultEpochs);
        var ranks = new InProcessRanks(1, TestContext.Current.CancellationToken);
        var started = TimeProvider.System.GetTimestamp();

        var model = ranks.Train(trainer, task)[0];

        output.WriteLine($"seed {seed}: {TimeProvider.System.GetElapsedTime(started).TotalSeconds:F1} s");
        var labels = Array.ConvertAll(task.HoldoutRows, row => task.Table.Labels[row]);
        var evaluation = TrainedModelEvaluation.Of(
            model.HoldoutScores, labels, OnnxScorer.Score(model.Onnx, task.Table, task.HoldoutRows), seed);
        output.WriteLine($"{evaluation}");
        Assert.InRange(evaluation.Auc.Value, 0.90, 1);
        Assert.InRange(evaluation.Accuracy.Value, 0.93, 1);
        Assert.InRange(evaluation.OnnxMaxAbsDifference, 0, 1e-5);
    }
}
