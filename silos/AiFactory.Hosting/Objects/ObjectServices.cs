using AiFactory.DecisionLog;
using AiFactory.DecisionLog.Shipping;
using AiFactory.Hosting.Folder;
using AiFactory.Hosting.Options;
using AiFactory.Lakehouse;
using Microsoft.Extensions.DependencyInjection;

namespace AiFactory.Hosting.Objects;

/// <summary>Where objects are, and the decision log's way there.</summary>
internal static class ObjectServices
{
    public static IServiceCollection AddObjects(this IServiceCollection services, FactoryOptions options, FactoryFolder folder)
    {
        return services
            .AddLakehouse(new LakehouseOptions
            {
                RootFolder = options.Objects is { } place && !options.ObjectsInBucket ? Path.GetFullPath(place) : folder.Objects,
                S3 = options.ObjectsInBucket ? options.S3.Of(new Uri(options.Objects!)) : null,
            })
            .AddHostedService<ObjectStoreCheck>()
            .AddSingleton<IShippingStore, ObjectStoreShipping>()
            .AddShippedLogs();
    }

    /// <summary>Has this process's decision log shipped to the object store, where the options ask for it.</summary>
    public static IServiceCollection AddShippingOfLog(this IServiceCollection services, FactoryOptions options) => options.LogShipped
        ? services.AddLogShipping(shipping => (shipping.Interval, shipping.DropShipped) = (options.LogShippingInterval, options.DropShippedLog))
        : services;
}
