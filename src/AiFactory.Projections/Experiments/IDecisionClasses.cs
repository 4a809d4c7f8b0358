using AiFactory.Domain.Models;

namespace AiFactory.Projections.Experiments;

/// <summary>Knows between which classes a model version decides.</summary>
public interface IDecisionClasses
{
    /// <returns>Null for model versions that give plain tensors, and for unknown ones.</returns>
    ValueTask<BinaryClasses?> ClassesOf(ModelVersionKey model, CancellationToken cancellation);
}
