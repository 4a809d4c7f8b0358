using AiFactory.Grains.Workers.Devices;
using AiFactory.Grains.Workers.Placement;
using AiFactory.Grains.Workers.Telemetry;
using AiFactory.Grains.Workers.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Workers;

public static class WorkersServiceCollectionExtensions
{
    /// <summary>
    /// Makes this silo's devices workers. Needs an <see cref="Engines.Inference.IInferenceEngine"/>, trainers, the lakehouse an
    /// <see cref="IDeviceTimeSink"/> and the control plane's grains. Asking again only adds configuration.
    /// </summary>
    public static IServiceCollection AddWorkers(this IServiceCollection services, Action<WorkerOptions> configure)
    {
        services.AddOptions<WorkerOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WorkerOptions>, WorkerOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ArtifactShelf>();
        services.TryAddSingleton<ModelLoader>();
        services.TryAddSingleton<ModelMeter>();
        services.TryAddSingleton<WorkerRuntime>();
        services.TryAddSingleton<ILocalWorkers>(provider => provider.GetRequiredService<WorkerRuntime>());
        services.TryAddSingleton<IShardDevices>(provider => provider.GetRequiredService<WorkerRuntime>());
        services.TryAddSingleton<ShardTraining>();
        services.TryAddSingleton<ShardHost>();
        services.TryAddSingleton<PinnedModels>();
        services.TryAddSingleton<DeviceTimeReporter>();
        services.TryAddSingleton<WorkerKeeper>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, WorkerKeeper>(provider => provider.GetRequiredService<WorkerKeeper>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, WorkerFarewell>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, PinnedModels>(provider => provider.GetRequiredService<PinnedModels>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, ModelSweep>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, DeviceTimeReporter>(provider => provider.GetRequiredService<DeviceTimeReporter>()));
        services.AddMetrics();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, DeviceGauges>());
        return services.AddOwningSiloPlacement();
    }
}
