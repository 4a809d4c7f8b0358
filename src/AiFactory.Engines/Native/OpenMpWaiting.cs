using System.Runtime.InteropServices;

namespace AiFactory.Engines.Native;

/// <summary>Makes idle OpenMP threads sleep instead of spin, which on shared cores costs more than it gains.</summary>
public static class OpenMpWaiting
{
    private const int KeepExisting = 0;

    private delegate int SetEnvironment(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);

    /// <summary>
    /// Sets <c>OMP_WAIT_POLICY=passive</c> and <c>GOMP_SPINCOUNT=0</c> where the operator has not set them. To be called before a library that
    /// uses OpenMP is loaded, for it reads them then; through the C library, because .NET keeps its own copy of the environment. Idempotent.
    /// </summary>
    public static void Passive()
    {
        if (!OperatingSystem.IsLinux()
            || !NativeLibrary.TryLoad("libc.so.6", out var libc)
            || !NativeLibrary.TryGetExport(libc, "setenv", out var address))
        {
            return;
        }

        var setEnvironment = Marshal.GetDelegateForFunctionPointer<SetEnvironment>(address);
        _ = setEnvironment("OMP_WAIT_POLICY", "passive", KeepExisting);
        _ = setEnvironment("GOMP_SPINCOUNT", "0", KeepExisting);
    }
}
