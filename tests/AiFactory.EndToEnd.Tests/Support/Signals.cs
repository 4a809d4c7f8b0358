using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AiFactory.EndToEnd.Tests.Support;

/// <summary>The signals that operators and the kernel send.</summary>
internal static class Signals
{
    private const int SigTerm = 15;

    /// <summary>SIGTERM: please stop.</summary>
    public static void Terminate(Process process) => Assert.Equal(0, Kill(process.Id, SigTerm));

    /// <summary>SIGKILL: dead at once, nothing flushed.</summary>
    public static void Kill(Process process)
    {
        process.Kill();
        process.WaitForExit();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
