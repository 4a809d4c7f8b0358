using AiFactory.Engines.Torch.Mlp;
using AiFactory.Engines.Torch.Native;
using AiFactory.Engines.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiFactory.Engines.Torch;

public static class TorchTrainerExtensions
{
    /// <summary>Registers the trainer <c>mlp</c> and the probe of libtorch. Idempotent.</summary>
    public static IServiceCollection AddTorchTrainer(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ITrainer, MlpTrainer>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<INativeProbe, TorchProbe>());
        return services;
    }
}
