using AiFactory.Grains.Placement;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.Placement;

namespace AiFactory.Grains.Workers.Placement;

/// <summary>Finds the active silo whose name stands before the slash in the grain's key.</summary>
internal sealed class OwningSiloPlacementDirector(ISiloStatusOracle silos) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var key = target.GrainIdentity.Key.ToString()!;
        var name = key[..Math.Max(key.IndexOf('/', StringComparison.Ordinal), 0)];
        foreach (var silo in context.GetCompatibleSilos(target))
        {
            if (silos.TryGetSiloName(silo, out var siloName) && siloName == name)
            {
                return Task.FromResult(silo);
            }
        }

        throw new SiloUnavailableException($"'{key}' belongs to silo '{name}', which is not up.");
    }
}

public static class OwningSiloPlacementExtensions
{
    /// <summary>Lets grains marked <see cref="OwningSiloPlacementAttribute"/> be placed.</summary>
    public static IServiceCollection AddOwningSiloPlacement(this IServiceCollection services)
    {
        services.AddPlacementDirector<OwningSiloPlacement, OwningSiloPlacementDirector>();
        return services;
    }
}
