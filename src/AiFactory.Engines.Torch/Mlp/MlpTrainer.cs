using AiFactory.Engines.Torch.Native;
using AiFactory.Engines.Training;

namespace AiFactory.Engines.Torch.Mlp;

/// <summary>
/// A multilayer perceptron over standardised numeric and embedded categorical columns, trained by minibatch AdamW on the cross-entropy of its
/// log-odds. Data-parallel: every rank computes the gradient of its slice of each minibatch, the ranks' sums are added, and all make the same step.
/// </summary>
internal sealed class MlpTrainer(TimeProvider time) : ITrainer
{
    public string Name => "mlp";

    public bool Shards => true;

    public int DefaultEpochs => 40;

    public IReadOnlyDictionary<string, double> Defaults => MlpSettings.Defaults;

    public TrainedModel Train(TrainingTask task, ITrainingContext context)
    {
        TrainableTask.Require(task);
        var settings = MlpSettings.Read(task.Hyperparameters);
        MlpSession? session = null;
        try
        {
            context.Compute(() =>
            {
                TorchRuntime.Start();
                session = new MlpSession(task, settings, context, time);
            });
            return session!.Train();
        }
        finally
        {
            session?.Dispose();
        }
    }
}
