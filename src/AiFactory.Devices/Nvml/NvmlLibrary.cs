using System.Runtime.InteropServices;
using System.Text;

namespace AiFactory.Devices.Nvml;

/// <summary>
/// The functions of NVIDIA's management library that the product uses, bound by name to the library that the driver brings. Functions that older drivers
/// lack answer <see cref="NvmlReturn.FunctionNotFound"/>. Safe for use by several threads, as NVML is.
/// </summary>
internal sealed unsafe class NvmlLibrary : IDisposable
{
    /// <summary>As the driver installs it on Linux.</summary>
    public const string DefaultName = "libnvidia-ml.so.1";

    /// <summary>nvml.h: NVML_DEVICE_UUID_V2_BUFFER_SIZE and NVML_DEVICE_NAME_V2_BUFFER_SIZE.</summary>
    private const int TextMax = 96;

    /// <summary>nvml.h: NVML_TEMPERATURE_GPU.</summary>
    private const uint TemperatureGpu = 0;

    private readonly nint _library;

    private NvmlLibrary(nint library) => _library = library;

    /// <summary>Loads and initialises the library.</summary>
    /// <param name="reason">Why there is none.</param>
    public static NvmlLibrary? TryOpen(string name, out string reason)
    {
        if (!NativeLibrary.TryLoad(name, out var handle))
        {
            reason = $"{name} is not there: no NVIDIA driver is installed";
            return null;
        }

        var library = new NvmlLibrary(handle);
        var code = library.Call("nvmlInit_v2");
        if (code == NvmlReturn.Success)
        {
            reason = "";
            return library;
        }

        reason = new NvmlException("nvmlInit_v2", code).Message;
        NativeLibrary.Free(handle);
        return null;
    }

    /// <summary>GPUs that this process may see, whole ones: slices are theirs.</summary>
    public uint Count() => Ask<uint>("nvmlDeviceGetCount_v2");

    public string DriverVersion()
    {
        var text = stackalloc byte[TextMax];
        Check("nvmlSystemGetDriverVersion", Find("nvmlSystemGetDriverVersion") is var f && f != 0
            ? (NvmlReturn)((delegate* unmanaged[Cdecl]<byte*, uint, int>)f)(text, TextMax)
            : NvmlReturn.FunctionNotFound);
        return Text(text);
    }

    public nint Device(uint index)
    {
        nint device = 0;
        Check("nvmlDeviceGetHandleByIndex_v2", Find("nvmlDeviceGetHandleByIndex_v2") is var f && f != 0
            ? (NvmlReturn)((delegate* unmanaged[Cdecl]<uint, nint*, int>)f)(index, &device)
            : NvmlReturn.FunctionNotFound);
        return device;
    }

    /// <summary>A GPU or a slice by its UUID.</summary>
    public nint Device(string uuid)
    {
        nint device = 0;
        var bytes = Encoding.ASCII.GetBytes(uuid + '\0');
        fixed (byte* text = bytes)
        {
            Check("nvmlDeviceGetHandleByUUID", Find("nvmlDeviceGetHandleByUUID") is var f && f != 0
                ? (NvmlReturn)((delegate* unmanaged[Cdecl]<byte*, nint*, int>)f)(text, &device)
                : NvmlReturn.FunctionNotFound);
        }

        return device;
    }

    public string Uuid(nint device) => AskText("nvmlDeviceGetUUID", device);

    public string Name(nint device) => AskText("nvmlDeviceGetName", device);

    public NvmlMemory Memory(nint device) => Ask<NvmlMemory>("nvmlDeviceGetMemoryInfo", device);

    public NvmlUtilization Utilization(nint device) => Ask<NvmlUtilization>("nvmlDeviceGetUtilizationRates", device);

    /// <summary>In milliwatts.</summary>
    public uint Power(nint device) => Ask<uint>("nvmlDeviceGetPowerUsage", device);

    /// <summary>In milliwatts.</summary>
    public uint PowerLimit(nint device) => Ask<uint>("nvmlDeviceGetEnforcedPowerLimit", device);

    /// <summary>Of the GPU's die, in degrees Celsius.</summary>
    public uint Temperature(nint device)
    {
        uint value = 0;
        Check("nvmlDeviceGetTemperature", Find("nvmlDeviceGetTemperature") is var f && f != 0
            ? (NvmlReturn)((delegate* unmanaged[Cdecl]<nint, uint, uint*, int>)f)(device, TemperatureGpu, &value)
            : NvmlReturn.FunctionNotFound);
        return value;
    }

    /// <summary>Whether the GPU is cut into slices (MIG); false where it cannot be.</summary>
    public bool IsSliced(nint device)
    {
        uint current = 0, pending = 0;
        var code = Find("nvmlDeviceGetMigMode") is var f && f != 0
            ? (NvmlReturn)((delegate* unmanaged[Cdecl]<nint, uint*, uint*, int>)f)(device, &current, &pending)
            : NvmlReturn.FunctionNotFound;
        if (code is NvmlReturn.NotSupported or NvmlReturn.FunctionNotFound)
        {
            return false;
        }

        Check("nvmlDeviceGetMigMode", code);
        return current == 1;
    }

    /// <summary>Slices that the GPU may have at most.</summary>
    public uint SlicesMax(nint device) => Ask<uint>("nvmlDeviceGetMaxMigDeviceCount", device);

    /// <summary>A slice of a GPU; null: there is none of that index.</summary>
    public nint? Slice(nint device, uint index)
    {
        nint slice = 0;
        var code = Find("nvmlDeviceGetMigDeviceHandleByIndex") is var f && f != 0
            ? (NvmlReturn)((delegate* unmanaged[Cdecl]<nint, uint, nint*, int>)f)(device, index, &slice)
            : NvmlReturn.FunctionNotFound;
        if (code is NvmlReturn.NotFound or NvmlReturn.InvalidArgument)
        {
            return null;
        }

        Check("nvmlDeviceGetMigDeviceHandleByIndex", code);
        return slice;
    }

    public NvmlDeviceAttributes Attributes(nint slice) => Ask<NvmlDeviceAttributes>("nvmlDeviceGetAttributes_v2", slice);

    public void Dispose()
    {
        _ = Call("nvmlShutdown");
        NativeLibrary.Free(_library);
    }

    private nint Find(string function) => NativeLibrary.TryGetExport(_library, function, out var address) ? address : 0;

    private NvmlReturn Call(string function) => Find(function) is var f && f != 0 ? (NvmlReturn)((delegate* unmanaged[Cdecl]<int>)f)() : NvmlReturn.FunctionNotFound;

    private T Ask<T>(string function)
        where T : unmanaged
    {
        T value = default;
        Check(function, Find(function) is var f && f != 0 ? (NvmlReturn)((delegate* unmanaged[Cdecl]<T*, int>)f)(&value) : NvmlReturn.FunctionNotFound);
        return value;
    }

    private T Ask<T>(string function, nint device)
        where T : unmanaged
    {
        T value = default;
        Check(function, Find(function) is var f && f != 0 ? (NvmlReturn)((delegate* unmanaged[Cdecl]<nint, T*, int>)f)(device, &value) : NvmlReturn.FunctionNotFound);
        return value;
    }

    private string AskText(string function, nint device)
    {
        var text = stackalloc byte[TextMax];
        Check(function, Find(function) is var f && f != 0 ? (NvmlReturn)((delegate* unmanaged[Cdecl]<nint, byte*, uint, int>)f)(device, text, TextMax) : NvmlReturn.FunctionNotFound);
        return Text(text);
    }

    private static void Check(string function, NvmlReturn code)
    {
        if (code != NvmlReturn.Success)
        {
            throw new NvmlException(function, code);
        }
    }

    private static string Text(byte* text)
    {
        var bytes = new ReadOnlySpan<byte>(text, TextMax);
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
