using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AiFactory.EndToEnd.Tests.Support;

/// <summary>The signals that operators and the kernel send.</summary>
internal static class Signals
{
    private const int SigTerm = 15;
    private const int SigContinue = 18;
    private const int SigStop = 19;

    /// <summary>SIGTERM: please stop.</summary>
    public static void Terminate(Process process) => Assert.Equal(0, Kill(process.Id, SigTerm));

    /// <summary>SIGSTOP: not a step further until it is resumed.</summary>
    public static void Suspend(Process process) => Assert.Equal(0, Kill(process.Id, SigStop));

    /// <summary>SIGCONT.</summary>
    public static void Resume(Process process) => Assert.Equal(0, Kill(process.Id, SigContinue));

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
