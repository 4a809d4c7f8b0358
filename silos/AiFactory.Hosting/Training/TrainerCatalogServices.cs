using AiFactory.Domain.Training;
using AiFactory.Engines.Training;
using AiFactory.Grains.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiFactory.Hosting.Training;

internal static class TrainerCatalogServices
{
    /// <summary>Tells the control plane which trainers the workers have.</summary>
    public static IServiceCollection AddTrainerCatalog(this IServiceCollection services)
    {
        services.TryAddSingleton(provider => new TrainerCatalog(
            [.. provider.GetServices<ITrainer>().Select(trainer => new TrainerDescription(trainer.Name, trainer.Shards, trainer.DefaultEpochs, trainer.Defaults))]));
        return services;
    }
}
