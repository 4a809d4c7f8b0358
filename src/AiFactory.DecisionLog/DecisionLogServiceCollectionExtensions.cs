using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AiFactory.DecisionLog;

public static class DecisionLogServiceCollectionExtensions
{
    /// <summary>Registers the silo's <see cref="IDecisionLog"/>; it opens when first asked for. Calling it again only configures the options further.</summary>
    public static IServiceCollection AddDecisionLog(this IServiceCollection services, Action<DecisionLogOptions> configure)
    {
        services.AddOptions<DecisionLogOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DecisionLogOptions>, DecisionLogOptionsValidator>());
        services.TryAddSingleton<IDecisionLog, SegmentedDecisionLog>();
        return services;
    }
}
