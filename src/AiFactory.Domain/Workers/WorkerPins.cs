using AiFactory.Domain.Models;

namespace AiFactory.Domain.Workers;

/// <summary>The model versions pinned on a worker, in the order in which they were.</summary>
public sealed record WorkerPins(IReadOnlyList<ModelVersionKey> Models)
{
    /// <summary>Stands for every worker there is or will be.</summary>
    public static readonly WorkerKey All = new("*", "*");

    public static readonly WorkerPins None = new(Array.Empty<ModelVersionKey>());

    /// <summary>With one more; the same when it is pinned already.</summary>
    public WorkerPins With(ModelVersionKey model) => Models.Contains(model) ? this : new(Models.Append(model).ToArray());

    /// <summary>With one less; the same when it is not pinned.</summary>
    public WorkerPins Without(ModelVersionKey model) => Models.Contains(model) ? new(Models.Where(kept => kept != model).ToArray()) : this;
}
