using AiFactory.Engines.Training;

namespace AiFactory.Engines.Torch.Mlp;

/// <summary>Hyperparameters of the multilayer perceptron.</summary>
/// <param name="LearningRate">Of AdamW at the start; it falls to zero along half a cosine.</param>
/// <param name="WeightDecay">Decoupled decay a step, times the learning rate.</param>
/// <param name="BatchSize">Rows of a minibatch over all shards together.</param>
/// <param name="Dropout">Share of hidden units silenced in training.</param>
/// <param name="EmbeddingMax">Widest embedding of a categorical column; narrower where it has few values.</param>
internal sealed record MlpSettings(
    double LearningRate, double WeightDecay, int BatchSize, int Hidden1, int Hidden2, double Dropout, int EmbeddingMax)
{
    public static IReadOnlyDictionary<string, double> Defaults { get; } = new Dictionary<string, double>
    {
        ["learning-rate"] = 0.006,
        ["weight-decay"] = 0.1,
        ["batch-size"] = 64,
        ["hidden-1"] = 64,
        ["hidden-2"] = 32,
        ["dropout"] = 0.2,
        ["embedding-max"] = 1,
    };

    /// <exception cref="Domain.Refusals.RefusedException"><c>hyperparameter-out-of-range</c>.</exception>
    public static MlpSettings Read(IReadOnlyDictionary<string, double> asked)
    {
        var numbers = new Hyperparameters(asked, Defaults);
        return new(
            numbers.Number("learning-rate", 1e-6, 1),
            numbers.Number("weight-decay", 0, 10),
            numbers.Whole("batch-size", 1, 65_536),
            numbers.Whole("hidden-1", 1, 4_096),
            numbers.Whole("hidden-2", 1, 4_096),
            numbers.Number("dropout", 0, 0.9),
            numbers.Whole("embedding-max", 1, 256));
    }

    /// <summary>Half the number of values, rounded up, within the limit.</summary>
    public int EmbeddingWidth(int vocabulary) => Math.Clamp((vocabulary + 1) / 2, 1, EmbeddingMax);
}
