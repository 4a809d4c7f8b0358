using System.Diagnostics;
using System.Globalization;
using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Local;

/// <summary>What a silo is told besides its folder and port.</summary>
internal sealed record SiloLaunch(IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    public static SiloLaunch Plain { get; } = new([], new Dictionary<string, string>());
}

/// <summary>Starts a silo that outlives this process: a session of its own, its output in the folder's log.</summary>
internal static class SiloProcess
{
    private static readonly string[] SetsidPaths = ["/usr/bin/setsid", "/bin/setsid", "/opt/homebrew/bin/setsid"];

    /// <exception cref="RefusedException">The program is missing or this system cannot detach it.</exception>
    public static Process Start(string dataFolder, int port, SiloLaunch launch)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new RefusedException(new Refusal(
                "detach-unsupported", RefusalKind.Unprocessable, "This command cannot leave a process running behind it on Windows.", "factory up",
                $"Run it in a window of its own: dotnet \"{SiloBinary.Find()}\" --data \"{dataFolder}\" --port {port}"));
        }

        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false, WorkingDirectory = dataFolder };

        // The silo writes its log itself; what it prints besides, above all why it cannot start, goes to the same file.
        start.Environment["Logging__Console__LogLevel__Default"] = "None";

        // The shell opens the log and becomes the silo, so that neither a pipe to this process nor a second process remains.
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("log=\"$1\"; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null");
        start.ArgumentList.Add("sh");
        start.ArgumentList.Add(SiloLog.PathIn(dataFolder));
        if (SetsidPaths.FirstOrDefault(File.Exists) is { } setsid)
        {
            start.ArgumentList.Add(setsid);
        }

        start.ArgumentList.Add(SiloBinary.Runtime());
        start.ArgumentList.Add(SiloBinary.Find());
        start.ArgumentList.Add("--data");
        start.ArgumentList.Add(dataFolder);
        start.ArgumentList.Add("--port");
        start.ArgumentList.Add(port.ToString(CultureInfo.InvariantCulture));
        foreach (var argument in launch.Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in launch.Environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
