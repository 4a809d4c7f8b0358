using AiFactory.DecisionLog;
using AiFactory.DecisionLog.Shipping;
using AiFactory.Projections.Experiments;
using AiFactory.Projections.Finance;
using AiFactory.Projections.Storage;
using AiFactory.Projections.Totals;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AiFactory.Projections;

public static class ProjectionServiceCollectionExtensions
{
    /// <summary>
    /// Registers <see cref="ILedger"/>, <see cref="IExperimentFigures"/>, <see cref="ILogTotals"/> and <see cref="IOutcomeIntake"/> with the readers that feed them. Needs an
    /// <see cref="IDecisionLog"/> and an <see cref="IDecisionClasses"/>. Calling it again only configures the options further.
    /// </summary>
    public static IServiceCollection AddProjections(this IServiceCollection services, Action<ProjectionOptions> configure)
    {
        services.AddOptions<ProjectionOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ProjectionOptions>, ProjectionOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddLogReader((folder, _) => new LedgerStore(Path.Combine(folder, "ledger.db")));
        services.AddLogReader((folder, log) => new ExperimentStore(Path.Combine(folder, "experiments.db"), log));
        services.TryAddSingleton<ILedger, Ledger>();
        services.TryAddSingleton<ILogTotals, ReadTotals>();
        services.TryAddSingleton<IExperimentFigures, ExperimentFigures>();
        services.TryAddSingleton<IOutcomeIntake, OutcomeIntake>();
        return services;
    }

    private static void AddLogReader<TStore>(this IServiceCollection services, Func<string, IDecisionLog, TStore> open)
        where TStore : class, IProjectionStore
    {
        services.TryAddSingleton(provider => open(provider.GetRequiredService<IOptions<ProjectionOptions>>().Value.Folder, provider.GetRequiredService<IDecisionLog>()));
        services.TryAddSingleton<LogReader<TStore>>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, LogReader<TStore>>(provider => provider.GetRequiredService<LogReader<TStore>>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILogConsumer, LogReader<TStore>>(provider => provider.GetRequiredService<LogReader<TStore>>()));
    }
}
