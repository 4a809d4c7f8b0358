using System.Runtime.InteropServices;

namespace AiFactory.Hosting.Native;

/// <summary>
/// Tells OpenMP runtimes not to spin while they wait: two spinning libraries on the same cores are many times slower than sleeping ones.
/// They read the C environment once, when they load, which .NET's own environment does not reach.
/// </summary>
internal static partial class NativeThreads
{
    private static readonly (string Name, string Value)[] Settings = [("OMP_WAIT_POLICY", "passive"), ("GOMP_SPINCOUNT", "0")];

    /// <summary>Keeps what the user has set. No effect except on Linux.</summary>
    public static void KeepFromSpinning()
    {
        if (!OperatingSystem.IsLinux())
            return;
        foreach (var (name, value) in Settings)
            SetEnvironment(name, value, overwrite: 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
