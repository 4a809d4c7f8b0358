using System.Runtime.InteropServices;

namespace AiFactory.Engines.Native;

/// <summary>
/// Environment variables as native libraries see them. Set through the C library, because .NET keeps its own copy of the environment on
/// Unix; libraries read most of them once, when they are loaded.
/// </summary>
public static class NativeEnvironment
{
    private const int KeepExisting = 0;

    private delegate int SetEnvironment(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);

    /// <summary>
    /// Makes idle OpenMP threads sleep instead of spin, which on shared cores costs more than it gains. Call before loading. Idempotent.
    /// </summary>
    public static void WaitPassively()
    {
        SetDefault("OMP_WAIT_POLICY", "passive");
        SetDefault("GOMP_SPINCOUNT", "0");
    }

    /// <summary>
    /// Makes Intel's matrix routines give the same bits at every run on a processor, however memory happens to be aligned. Call before loading.
    /// </summary>
    public static void ComputeReproducibly() => SetDefault("MKL_CBWR", "AUTO");

    /// <summary>Sets a variable unless the operator has set it; nothing happens outside Linux.</summary>
    private static void SetDefault(string name, string value)
    {
        if (OperatingSystem.IsLinux()
            && NativeLibrary.TryLoad("libc.so.6", out var libc)
            && NativeLibrary.TryGetExport(libc, "setenv", out var address))
        {
            _ = Marshal.GetDelegateForFunctionPointer<SetEnvironment>(address)(name, value, KeepExisting);
        }
    }
}
