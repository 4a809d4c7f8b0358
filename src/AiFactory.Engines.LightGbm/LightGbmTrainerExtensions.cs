using AiFactory.Engines.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiFactory.Engines.LightGbm;

public static class LightGbmTrainerExtensions
{
    /// <summary>Registers the trainer <c>lightgbm</c> and the probe of its library. Idempotent.</summary>
    public static IServiceCollection AddLightGbmTrainer(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ITrainer, LightGbmTrainer>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<INativeProbe, LightGbmProbe>());
        return services;
    }
}
