using AiFactory.Domain.Training;

namespace AiFactory.Grains.Training;

/// <summary>The trainers that the factory's workers have.</summary>
public sealed record TrainerCatalog(IReadOnlyList<TrainerDescription> Trainers);
