using AiFactory.Lakehouse.Datasets;
using AiFactory.Lakehouse.Objects;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiFactory.Lakehouse;

public static class LakehouseServiceCollectionExtensions
{
    /// <summary>Keeps objects and dataset tables in a local folder: <see cref="IObjectStore"/> and <see cref="IDatasetTables"/>.</summary>
    /// <param name="rootFolder">Made if it is not there. Asking again has no effect.</param>
    public static IServiceCollection AddLakehouse(this IServiceCollection services, string rootFolder) =>
        services.AddLakehouse(new LakehouseOptions { RootFolder = rootFolder });

    /// <inheritdoc cref="AddLakehouse(IServiceCollection, string)"/>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public static IServiceCollection AddLakehouse(this IServiceCollection services, LakehouseOptions options)
    {
        services.TryAddSingleton(options.Validated());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IObjectStore>(provider =>
            new LocalObjectStore(provider.GetRequiredService<LakehouseOptions>().RootFolder, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IDatasetTables, DatasetTables>();
        return services;
    }
}
