using System.Collections.Concurrent;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Grains.Models;
using AiFactory.Projections.Experiments;

namespace AiFactory.Grains.Decisions;

/// <summary>Asks each model version once; versions are immutable, so the answer stays true.</summary>
internal sealed class ModelDecisionClasses(IGrainFactory grains) : IDecisionClasses
{
    private readonly ConcurrentDictionary<ModelVersionKey, BinaryClasses?> _known = new();

    public ValueTask<BinaryClasses?> ClassesOf(ModelVersionKey model, CancellationToken cancellation) =>
        _known.TryGetValue(model, out var classes) ? new(classes) : new(Ask(model, cancellation));

    private async Task<BinaryClasses?> Ask(ModelVersionKey model, CancellationToken cancellation)
    {
        try
        {
            var version = await grains.GetGrain<IModelVersionGrain>(model.ToGrainKey()).Get().WaitAsync(cancellation);
            return _known.GetOrAdd(model, version.Classes);
        }
        catch (RefusedException exception) when (exception.Refusal.Kind == RefusalKind.NotFound)
        {
            // Not kept: the version may yet be registered.
            return null;
        }
    }
}
