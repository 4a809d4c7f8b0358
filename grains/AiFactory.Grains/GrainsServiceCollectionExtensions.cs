using System.Security.Cryptography;
using AiFactory.Grains.Datasets;
using AiFactory.Grains.Decisions;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Serialization;
using AiFactory.Grains.Tenants;
using AiFactory.Grains.Training;
using AiFactory.Grains.Workers;
using AiFactory.Projections.Experiments;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiFactory.Grains;

public static class GrainsServiceCollectionExtensions
{
    /// <summary>
    /// What the control-plane grains need beside the ports (object store, dataset tables, decision log, projections) and a grain storage
    /// named <see cref="Storage.StateStore.Name"/>. Whoever calls it also registers a <see cref="TrainerCatalog"/>.
    /// </summary>
    public static IServiceCollection AddControlGrains(this IServiceCollection services)
    {
        services.AddDomainSerialization();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(_ => RandomNumberGenerator.Create());
        services.TryAddSingleton<ApiKeySource>();
        services.TryAddSingleton<IngestionWork>();
        services.TryAddSingleton<TrainingCrew>();
        services.TryAddSingleton<ReplicaLoader>();
        services.TryAddSingleton<SiloMembers>();
        services.TryAddSingleton<ModelRelease>();
        services.TryAddSingleton<IDecisionClasses, ModelDecisionClasses>();
        return services;
    }
}
