using System.Diagnostics;
using System.Text.Json;

namespace AiFactory.Benchmarks.Processes;

/// <summary>What a benchmark starts: the product's server and, in processes of their own, parts of this program.</summary>
internal static class Executables
{
    /// <summary>The product's server.</summary>
    public static Process StartFactory(string dataFolder, int port, IReadOnlyDictionary<string, string>? environment = null) =>
        Quietly("dotnet", [Built("silos", "AiFactory.Silo", "AiFactory.Silo.dll"), "--data", dataFolder, "--port", $"{port}"], environment);

    /// <summary>A command of the product's command line, as JSON.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task<JsonElement> Factory(CancellationToken cancellation, params IEnumerable<string> arguments)
    {
        var said = await Output("dotnet", [Built("clients", "AiFactory.Cli", "factory.dll"), .. arguments, "--json"], new Dictionary<string, string>(), cancellation);
        return JsonSerializer.Deserialize<JsonElement>(said);
    }

    // Built in the same configuration as the benchmarks.
    private static string Built(string layer, string project, string assembly)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var root = framework;
        while (!File.Exists(Path.Combine(root.FullName, "AiFactory.sln")))
        {
            root = root.Parent ?? throw new DirectoryNotFoundException($"No folder above {framework.FullName} holds AiFactory.sln.");
        }

        return Path.Combine(root.FullName, layer, project, "bin", framework.Parent!.Name, framework.Name, assembly);
    }

    /// <summary>Another verb of this program, in a process of its own.</summary>
    public static Process StartSelf(params string[] arguments) => Quietly("dotnet", [typeof(Executables).Assembly.Location, .. arguments]);

    /// <summary>As <see cref="StartSelf"/>, for one that hosts parts of the product: with the product's garbage collector.</summary>
    public static Process StartHost(params string[] arguments) =>
        Quietly("dotnet", [typeof(Executables).Assembly.Location, .. arguments], new Dictionary<string, string> { ["DOTNET_gcServer"] = "1" });

    /// <summary>Starts a server whose output nobody reads.</summary>
    public static Process Quietly(string command, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? "" };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start.");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    /// <summary>Runs a command to its end and gives its output.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task<string> Output(string command, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command} did not start.");
        var output = await process.StandardOutput.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{command} {string.Join(' ', arguments)} ended with {process.ExitCode}: {output}");
    }

    public static bool Installed(string command) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, command)));
}
