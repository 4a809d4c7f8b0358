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
    /// What the control-plane grains need beside the ports (object store, dataset tables) and a grain storage named <see cref="Storage.StateStore.Name"/>. Whoever calls it also registers a <see cref="TrainerCatalog"/>.
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
        services.TryAddSingleton<PublishedTotals>();
        services.TryAddSingleton<LogGathering>();
        return services;
    }

    /// <summary>
    /// Makes the decision log of this process part of the factory: it is entered into the catalog of logs, answers from any process, and publishes its totals. Needs the
    /// log, its projections and the object store; to be called before whatever appends to the log is registered.
    /// </summary>
    public static IServiceCollection AddOwnLog(this IServiceCollection services, Action<OwnLogOptions>? configure = null)
    {
        services.AddDomainSerialization();
        services.AddOptions<OwnLogOptions>().Configure(configure ?? (static _ => { }));
        if (services.Any(service => service.ServiceType == typeof(LogOwner)))
            return services;
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IDecisionClasses, ModelDecisionClasses>();
        services.TryAddSingleton<PublishedTotals>();
        services.AddSingleton<LogOwner>();
        services.AddSingleton<LogEnrolment>();
        services.AddSingleton<IOwnLog>(static provider => provider.GetRequiredService<LogEnrolment>());
        services.AddHostedService(static provider => provider.GetRequiredService<LogEnrolment>());
        services.AddHostedService<TotalsPublisher>();
        return services;
    }
}
