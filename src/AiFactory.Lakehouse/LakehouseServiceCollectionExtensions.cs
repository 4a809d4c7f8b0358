using AiFactory.Lakehouse.Datasets;
using AiFactory.Lakehouse.Objects;
using AiFactory.Lakehouse.Objects.S3;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiFactory.Lakehouse;

public static class LakehouseServiceCollectionExtensions
{
    /// <summary>Keeps objects and dataset tables in a local folder, or in a bucket: <see cref="IObjectStore"/> and <see cref="IDatasetTables"/>.</summary>
    /// <param name="rootFolder">Made if it is not there. Asking again has no effect.</param>
    public static IServiceCollection AddLakehouse(this IServiceCollection services, string rootFolder) =>
        services.AddLakehouse(new LakehouseOptions { RootFolder = rootFolder });

    /// <inheritdoc cref="AddLakehouse(IServiceCollection, string)"/>
    /// <exception cref="ArgumentException">An option is out of range; the message names it.</exception>
    public static IServiceCollection AddLakehouse(this IServiceCollection services, LakehouseOptions options)
    {
        services.TryAddSingleton(options.Validated());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(Open);
        services.TryAddSingleton<IDatasetTables, DatasetTables>();
        return services;
    }

    private static IObjectStore Open(IServiceProvider services)
    {
        var (options, time) = (services.GetRequiredService<LakehouseOptions>(), services.GetRequiredService<TimeProvider>());
        return options.S3 is { } s3 ? S3ObjectStore.Open(s3, options.RootFolder, time) : new LocalObjectStore(options.RootFolder, time);
    }
}
