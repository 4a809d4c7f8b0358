using System.Globalization;
using AiFactory.Domain;
using AiFactory.Domain.Workers;
using AiFactory.Engines;
using AiFactory.Engines.Devices;

namespace AiFactory.Devices.Nvml;

/// <summary>The NVIDIA GPUs of this machine, and what their instruments say. Where there is no driver there are none, and the reason is told.</summary>
public sealed class NvmlDevices : IDeviceSensor, INativeProbe, IDisposable
{
    private const string Component = "NVIDIA driver";

    private readonly NvmlLibrary? _nvml;
    private readonly string _absence;
    private readonly List<string> _faults = [];

    /// <param name="library">File name of the library; its default is the driver's.</param>
    public NvmlDevices(string library = NvmlLibrary.DefaultName)
    {
        _nvml = NvmlLibrary.TryOpen(library, out _absence);
        Found = _nvml is null ? [] : Find(_nvml);
    }

    /// <summary>Each GPU, or each slice of those that are cut into slices, in the driver's order. A GPU that cannot be described is left out, and the probe says why.</summary>
    public IReadOnlyList<Device> Found { get; }

    public DeviceSight? Look(Device device)
    {
        if (_nvml is null || device.Kind != DeviceKind.Gpu || device.Identity is not { } uuid)
        {
            return null;
        }

        try
        {
            var handle = _nvml.Device(uuid);
            var memory = _nvml.Memory(handle);
            return new(new DeviceReading(
                (long)memory.Total,
                (long)memory.Used,
                Optional(() => _nvml.Utilization(handle).Gpu / 100.0),
                Optional(() => _nvml.Power(handle) / 1000.0),
                Optional(() => _nvml.PowerLimit(handle) / 1000.0),
                Optional(() => _nvml.Temperature(handle))));
        }
        catch (NvmlException failure) when (failure.IsLoss)
        {
            return new(null, failure.Message);
        }
    }

    public HealthFinding Probe()
    {
        if (_nvml is null)
        {
            return new(Component, true, $"No GPU: {_absence}. Devices are CPU slots.");
        }

        var found = Found.Count == 0 ? "no GPU" : string.Join(", ", Found.Select(device => $"{device.Name} {device.Model} ({device.Identity})"));
        return _faults.Count == 0
            ? new(Component, true, $"Driver {Version()}: {found}.")
            : new(Component, false, $"Driver {Version()}: {found}.", string.Join(' ', _faults), "See nvidia-smi and the machine's log; restart the silo once the GPU is well.");
    }

    public void Dispose() => _nvml?.Dispose();

    private string Version()
    {
        try
        {
            return _nvml!.DriverVersion();
        }
        catch (NvmlException failure)
        {
            return failure.Message;
        }
    }

    private List<Device> Find(NvmlLibrary nvml)
    {
        var found = new List<Device>();
        try
        {
            var count = nvml.Count();
            for (var index = 0u; index < count; index++)
            {
                Describe(nvml, index, found);
            }
        }
        catch (NvmlException failure)
        {
            _faults.Add(failure.Message);
        }

        return found;
    }

    private void Describe(NvmlLibrary nvml, uint index, List<Device> found)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"gpu-{index}");
        try
        {
            var gpu = nvml.Device(index);
            if (!nvml.IsSliced(gpu))
            {
                found.Add(new Device(name, DeviceKind.Gpu, nvml.Name(gpu), DeviceTier.OnDemand, nvml.Uuid(gpu), (long)nvml.Memory(gpu).Total));
                return;
            }

            var slices = nvml.SlicesMax(gpu);
            for (var slice = 0u; slice < slices; slice++)
            {
                if (nvml.Slice(gpu, slice) is { } handle)
                {
                    found.Add(Slice(nvml, gpu, handle, string.Create(CultureInfo.InvariantCulture, $"{name}-mig-{slice}")));
                }
            }
        }
        catch (NvmlException failure)
        {
            _faults.Add($"{name}: {failure.Message}");
        }
    }

    // A slice's name ends in its profile: "NVIDIA A100-SXM4-40GB MIG 1g.5gb". Where the driver gives the GPU's name alone, it is made of the slice's size.
    private static Device Slice(NvmlLibrary nvml, nint gpu, nint slice, string name)
    {
        const string Mark = " MIG ";
        var model = nvml.Name(slice);
        var at = model.IndexOf(Mark, StringComparison.Ordinal);
        var attributes = nvml.Attributes(slice);
        var profile = at >= 0
            ? model[(at + Mark.Length)..]
            : string.Create(CultureInfo.InvariantCulture, $"{attributes.GpuInstanceSliceCount}g.{(attributes.MemorySizeMiB + 512) / 1024}gb");
        return new(name, DeviceKind.Gpu, at >= 0 ? model : $"{nvml.Name(gpu)}{Mark}{profile}", DeviceTier.OnDemand, nvml.Uuid(slice), (long)attributes.MemorySizeMiB << 20, profile);
    }

    private static double? Optional(Func<double> read)
    {
        try
        {
            return read();
        }
        catch (NvmlException failure) when (!failure.IsLoss)
        {
            // Not all GPUs have all instruments, and slices have few.
            return null;
        }
    }
}
