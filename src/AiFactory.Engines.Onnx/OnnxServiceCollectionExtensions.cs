using AiFactory.Engines.Inference;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiFactory.Engines.Onnx;

public static class OnnxServiceCollectionExtensions
{
    /// <summary>Adds ONNX Runtime as the engine that serves models, and its probe.</summary>
    public static IServiceCollection AddOnnxEngine(this IServiceCollection services)
    {
        services.TryAddSingleton<IInferenceEngine, OnnxEngine>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<INativeProbe, OnnxProbe>());
        return services;
    }
}
