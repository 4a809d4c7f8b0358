using AiFactory.Devices.Nvml;
using AiFactory.Engines;
using AiFactory.Engines.Devices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiFactory.Devices;

public static class DeviceServiceCollectionExtensions
{
    /// <summary>Lets the machine's GPUs be read, and the doctor tell of them. Again is no effect.</summary>
    public static IServiceCollection AddNvmlDevices(this IServiceCollection services, NvmlDevices devices)
    {
        services.TryAddSingleton(devices);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IDeviceSensor, NvmlDevices>(provider => provider.GetRequiredService<NvmlDevices>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<INativeProbe, NvmlDevices>(provider => provider.GetRequiredService<NvmlDevices>()));
        return services;
    }
}
