using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AiFactory.Cli.Local;

/// <summary>Asks after processes and asks them to end.</summary>
internal static partial class ProcessSignals
{
    private const int Terminate = 15;

    /// <summary>Whether the process runs; one that has ended and waits to be collected by its parent does not.</summary>
    public static bool IsAlive(int pid)
    {
        if (OperatingSystem.IsLinux())
        {
            try
            {
                // pid (name) state ...; the name may hold blanks and brackets, so the state is found from the last bracket.
                var stat = File.ReadAllText($"/proc/{pid}/stat");
                return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }

        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Asks a process to stop cleanly; on Windows, which has no such signal, ends it.</summary>
    public static void AskToStop(int pid)
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = Kill(pid, Terminate);
            return;
        }

        using var process = Process.GetProcessById(pid);
        process.Kill();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int pid, int signal);
}
