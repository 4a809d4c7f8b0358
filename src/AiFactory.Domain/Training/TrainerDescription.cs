namespace AiFactory.Domain.Training;

/// <summary>A trainer as the catalogue lists it.</summary>
/// <param name="Shards">Whether it computes side by side on several workers.</param>
/// <param name="Defaults">The hyperparameters it takes, with their defaults.</param>
public sealed record TrainerDescription(string Name, bool Shards, int DefaultEpochs, IReadOnlyDictionary<string, double> Defaults);
