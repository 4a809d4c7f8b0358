namespace AiFactory.Devices.Nvml;

/// <summary>What NVML's functions return: <c>nvmlReturn_t</c> of nvml.h, API version 13.</summary>
internal enum NvmlReturn
{
    Success = 0,
    Uninitialized = 1,
    InvalidArgument = 2,
    NotSupported = 3,
    NoPermission = 4,
    NotFound = 6,
    InsufficientSize = 7,
    DriverNotLoaded = 9,
    Timeout = 10,
    LibraryNotFound = 12,
    FunctionNotFound = 13,
    GpuIsLost = 15,
    ResetRequired = 16,
    OperatingSystem = 17,
    LibRmVersionMismatch = 18,
    GpuNotFound = 28,
    Unknown = 999,
}

/// <summary>NVML said no.</summary>
internal sealed class NvmlException(string function, NvmlReturn code) : Exception($"{function} returned {(int)code}: {Describe(code)}.")
{
    public NvmlReturn Code => code;

    /// <summary>Whether the device cannot be used any more, rather than that it was not understood.</summary>
    public bool IsLoss => code is NvmlReturn.GpuIsLost or NvmlReturn.NotFound or NvmlReturn.GpuNotFound or NvmlReturn.ResetRequired or NvmlReturn.OperatingSystem;

    // As nvml.h words them.
    private static string Describe(NvmlReturn code) => code switch
    {
        NvmlReturn.Uninitialized => "NVML is not initialised",
        NvmlReturn.InvalidArgument => "an argument is invalid",
        NvmlReturn.NotSupported => "the device does not support it",
        NvmlReturn.NoPermission => "this user may not ask",
        NvmlReturn.NotFound => "there is no such device",
        NvmlReturn.InsufficientSize => "a buffer is too small",
        NvmlReturn.DriverNotLoaded => "the NVIDIA driver is not loaded",
        NvmlReturn.Timeout => "it took too long",
        NvmlReturn.LibraryNotFound => "a library of the driver is missing",
        NvmlReturn.FunctionNotFound => "this version of the driver lacks the function",
        NvmlReturn.GpuIsLost => "the GPU has fallen off the bus",
        NvmlReturn.ResetRequired => "the GPU has to be reset before it can be used",
        NvmlReturn.OperatingSystem => "the operating system blocks the GPU's control device",
        NvmlReturn.LibRmVersionMismatch => "driver and library are of different versions",
        NvmlReturn.GpuNotFound => "there is no GPU",
        NvmlReturn.Unknown => "an internal error of the driver",
        _ => "see nvmlReturn_t of nvml.h",
    };
}
