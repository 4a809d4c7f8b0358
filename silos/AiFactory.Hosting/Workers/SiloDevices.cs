using AiFactory.Devices;
using AiFactory.Devices.Nvml;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Onnx;
using AiFactory.Hosting.Options;

namespace AiFactory.Hosting.Workers;

/// <summary>Which devices this silo has: those named in its options, else the GPUs found where this build computes on them, else CPU slots.</summary>
internal static class SiloDevices
{
    public static IReadOnlyList<Device> Of(FactoryOptions options, NvmlDevices nvml)
    {
        if (options.Devices.Count > 0)
        {
            return [.. options.Devices.Select(device => Named(options, device))];
        }

        return options.DeviceSource == FactoryOptions.AutoDevices && nvml.Found.Count > 0 && OnnxDevices.HaveGpu
            ? [.. nvml.Found.Select(device => device with { Tier = options.DeviceTier })]
            : [.. Enumerable.Range(0, options.CpuSlots).Select(slot => Slot(options, $"cpu-{slot}", "cpu-slot", options.DeviceTier))];
    }

    private static Device Named(FactoryOptions options, DeviceOptions device) => device.Identity is null && device.Kind == DeviceKind.Cpu
        ? Slot(options, device.Name, device.Model, device.Tier) with { MemoryBytes = device.MemoryBytes }
        : new(device.Name, device.Kind, device.Model, device.Tier, device.Identity, device.MemoryBytes);

    private static Device Slot(FactoryOptions options, string name, string model, string tier) =>
        new(name, DeviceKind.Cpu, model, tier, DeviceIdentity.OfCpuSlot(HostIdentity.Read(), options.SiloName, name));
}
