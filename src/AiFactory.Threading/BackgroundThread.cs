using System.Runtime.InteropServices;

namespace AiFactory.Threading;

/// <summary>Lets a thread compute in what time others leave.</summary>
public static class BackgroundThread
{
    /// <summary>
    /// Of -20 to 19. Each step takes a tenth off a thread's share of a contended core (Linux, sched(7)): at 10 it gets a tenth of what an ordinary thread
    /// gets, and an ordinary thread that wakes up need not wait for it.
    /// </summary>
    private const int Nice = 10;

    private const int OneThread = 0;
    private const uint Caller = 0;

    private delegate int SetPriority(int which, uint who, int priority);

    /// <summary>Makes the calling thread, and those that it starts from here on, give way to all ordinary ones. Linux only: elsewhere nothing happens.</summary>
    /// <returns>Whether the system agreed.</returns>
    public static bool Enter() =>
        OperatingSystem.IsLinux()
        && NativeLibrary.TryLoad("libc.so.6", out var libc)
        && NativeLibrary.TryGetExport(libc, "setpriority", out var address)
        && Marshal.GetDelegateForFunctionPointer<SetPriority>(address)(OneThread, Caller, Nice) == 0;
}
