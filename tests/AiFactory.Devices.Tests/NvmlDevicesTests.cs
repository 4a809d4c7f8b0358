using System.Runtime.CompilerServices;
using AiFactory.Devices.Nvml;
using AiFactory.Domain.Workers;

namespace AiFactory.Devices.Tests;

/// <summary>The product's calls of the management library, on a library that answers as NVIDIA's header says.</summary>
public sealed class NvmlDevicesTests(FakeNvml nvml) : IClassFixture<FakeNvml>
{
    private const string Whole = "GPU-aaaaaaaa-0000-0000-0000-000000000000", FirstSlice = "MIG-dddddddd-0000-0000-0000-000000000003", SecondSlice = "MIG-eeeeeeee-0000-0000-0000-000000000004";

    [Fact]
    public void Found_NoLibrary_IsNoneAndTheProbeIsWell()
    {
        using var devices = new NvmlDevices("libnvidia-ml-that-is-not-there.so.1");

        Assert.Empty(devices.Found);
        Assert.True(devices.Probe().Healthy);
        Assert.Contains("no NVIDIA driver", devices.Probe().Detail, StringComparison.Ordinal);
        Assert.Null(devices.Look(new Device("cpu-0", DeviceKind.Cpu, "cpu-slot")));
    }

    [Fact]
    public void Structures_Sizes_AreThoseOfTheHeader() =>
        Assert.Equal((24, 8, 40), (Unsafe.SizeOf<NvmlMemory>(), Unsafe.SizeOf<NvmlUtilization>(), Unsafe.SizeOf<NvmlDeviceAttributes>()));

    [Fact]
    public void Found_DriverNotLoaded_IsNoneAndTheReasonIsTold()
    {
        SkipWithoutLibrary();
        using var fault = nvml.With("no-driver");
        using var devices = new NvmlDevices(nvml.Library);

        Assert.Empty(devices.Found);
        Assert.True(devices.Probe().Healthy);
        Assert.Contains("nvmlInit_v2 returned 9: the NVIDIA driver is not loaded", devices.Probe().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Found_WholeAndSliced_AreDevicesOfTheirOwn()
    {
        SkipWithoutLibrary();
        using var devices = new NvmlDevices(nvml.Library);

        Assert.Equal(
        [
            new Device("gpu-0", DeviceKind.Gpu, "NVIDIA H100 80GB HBM3", "on-demand", Whole, 85520809984),
            new Device("gpu-1-mig-0", DeviceKind.Gpu, "NVIDIA A100-SXM4-40GB MIG 1g.5gb", "on-demand", FirstSlice, 4864L << 20, "1g.5gb"),
            new Device("gpu-1-mig-2", DeviceKind.Gpu, "NVIDIA A100-SXM4-40GB MIG 3g.20gb", "on-demand", SecondSlice, 19968L << 20, "3g.20gb"),
        ], devices.Found);
        Assert.Contains("580.65.06", devices.Probe().Detail, StringComparison.Ordinal);
        Assert.All(devices.Found, device => Assert.True(DeviceIdentity.IsShared(device)));
    }

    [Fact]
    public void Found_SliceWithoutProfileInItsName_IsNamedAfterItsSize()
    {
        SkipWithoutLibrary();
        using var names = nvml.With("plain-names");
        using var devices = new NvmlDevices(nvml.Library);

        Assert.Equal(["NVIDIA H100 80GB HBM3", "NVIDIA A100-SXM4-40GB MIG 1g.5gb", "NVIDIA A100-SXM4-40GB MIG 3g.20gb"], devices.Found.Select(device => device.Model));
        Assert.Equal([null, "1g.5gb", "3g.20gb"], devices.Found.Select(device => device.Slice));
    }

    [Fact]
    public void Found_GpuThatCannotBeDescribed_IsLeftOutAndTold()
    {
        SkipWithoutLibrary();
        using var broken = nvml.With("broken");
        using var lost = nvml.With("lost-0");
        using var devices = new NvmlDevices(nvml.Library);

        Assert.Equal(["gpu-1-mig-0", "gpu-1-mig-2"], devices.Found.Select(device => device.Name));
        var finding = devices.Probe();
        Assert.False(finding.Healthy);
        Assert.Contains("gpu-0: nvmlDeviceGetHandleByIndex_v2 returned 15: the GPU has fallen off the bus", finding.Cause, StringComparison.Ordinal);
        Assert.Contains("gpu-2: nvmlDeviceGetUUID returned 999", finding.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Look_WholeAndSlice_SayWhatTheirInstrumentsDo()
    {
        SkipWithoutLibrary();
        using var devices = new NvmlDevices(nvml.Library);

        Assert.Equal(new DeviceSight(new DeviceReading(85520809984, 1073741824, 0.37, 412.345, 700, 61)), devices.Look(devices.Found[0]));
        Assert.Equal(new DeviceSight(new DeviceReading(5100273664, 1073741824)), devices.Look(devices.Found[1]));
        Assert.Null(devices.Look(new Device("cpu-0", DeviceKind.Cpu, "cpu-slot", Identity: DeviceIdentity.OfCpuSlot("host", "silo-1", "cpu-0"))));
    }

    [Fact]
    public void Look_GpuFallsOffTheBusAndComesBack_IsLostMeanwhile()
    {
        SkipWithoutLibrary();
        using var devices = new NvmlDevices(nvml.Library);
        var gpu = devices.Found[0];
        using (nvml.With("lost-0"))
        {
            var sight = devices.Look(gpu)!;
            Assert.Null(sight.Reading);
            Assert.Contains("returned 15: the GPU has fallen off the bus", sight.Lost, StringComparison.Ordinal);
            Assert.Null(devices.Look(devices.Found[1])!.Lost);
        }

        Assert.Null(devices.Look(gpu)!.Lost);
        Assert.Contains("returned 6", devices.Look(gpu with { Identity = "GPU-unknown" })!.Lost, StringComparison.Ordinal);
    }

    private void SkipWithoutLibrary() => Assert.SkipWhen(nvml.Absence is not null, nvml.Absence ?? "");
}
