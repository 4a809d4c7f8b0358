using AiFactory.DecisionLog.Segments;
using AiFactory.DecisionLog.Shipping;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.DecisionLog;

public static class DecisionLogServiceCollectionExtensions
{
    /// <summary>Registers the silo's <see cref="IDecisionLog"/>; it opens when first asked for. Calling it again only configures the options further.</summary>
    public static IServiceCollection AddDecisionLog(this IServiceCollection services, Action<DecisionLogOptions> configure)
    {
        services.AddOptions<DecisionLogOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DecisionLogOptions>, DecisionLogOptionsValidator>());
        services.TryAddSingleton(Open);
        services.TryAddSingleton<IDecisionLog>(provider => provider.GetRequiredService<SegmentedDecisionLog>());
        return services;
    }

    /// <summary>Registers <see cref="IShippedLogs"/>: the logs of all silos that ship theirs. Needs an <see cref="IShippingStore"/>.</summary>
    public static IServiceCollection AddShippedLogs(this IServiceCollection services)
    {
        services.TryAddSingleton<ShippedLogs>();
        services.TryAddSingleton<IShippedLogs>(provider => provider.GetRequiredService<ShippedLogs>());
        return services;
    }

    /// <summary>
    /// Ships the silo's decision log, and has it go on from what was shipped where its disk lost it. Needs an <see cref="IShippingStore"/>; asks all
    /// <see cref="ILogConsumer"/>s before it drops a segment.
    /// </summary>
    public static IServiceCollection AddLogShipping(this IServiceCollection services, Action<ShippingOptions> configure)
    {
        services.AddShippedLogs();
        services.AddOptions<ShippingOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ShippingOptions>, ShippingOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(new LogIsShipped());
        services.TryAddSingleton(MakeShipper);
        services.TryAddSingleton<ILogShipping>(provider => provider.GetRequiredService<LogShipper>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<LogShipper>());
        return services;
    }

    private static SegmentedDecisionLog Open(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<DecisionLogOptions>>().Value;
        var ships = services.GetService<LogIsShipped>() is not null;
        return new SegmentedDecisionLog(
            options, services.GetRequiredService<ILogger<SegmentedDecisionLog>>(), new Preallocation(), ships ? services.GetRequiredService<ShippedLogs>().Log(options.Name) : null,
            ships ? services.GetRequiredService<IShippingStore>().Place : "");
    }

    private static LogShipper MakeShipper(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<DecisionLogOptions>>().Value;
        return new LogShipper(
            services.GetRequiredService<SegmentedDecisionLog>(), services.GetRequiredService<ShippedLogs>().Log(options.Name), services.GetRequiredService<IShippingStore>(),
            services.GetServices<ILogConsumer>, services.GetRequiredService<IOptions<ShippingOptions>>().Value, options.BytesMax,
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<LogShipper>>());
    }

    // Whether the log is shipped, for the log, which the shipper itself needs.
    private sealed record LogIsShipped;
}
