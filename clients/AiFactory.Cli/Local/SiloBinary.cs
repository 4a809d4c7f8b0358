using System.Reflection;
using AiFactory.Domain.Refusals;

namespace AiFactory.Cli.Local;

/// <summary>Finds the silo's program and the runtime to run it with.</summary>
internal static class SiloBinary
{
    public const string PathVariable = "AIFACTORY_SILO";

    private const string FileName = "AiFactory.Silo.dll";

    /// <summary>
    /// The first that exists of: the path in <see cref="PathVariable"/>, the published layout beside this program, the development layout.
    /// </summary>
    /// <exception cref="RefusedException">None exists.</exception>
    public static string Find()
    {
        var candidates = Candidates().ToArray();
        return candidates.FirstOrDefault(File.Exists) ?? throw new RefusedException(new Refusal(
            "silo-not-found", RefusalKind.NotFound, $"The silo's program {FileName} is not to be found.", string.Join(", ", candidates),
            $"Build the solution, or set {PathVariable} to the path of {FileName}."));
    }

    /// <summary>The <c>dotnet</c> that runs this very process, else the one on the path.</summary>
    public static string Runtime()
    {
        // shared/Microsoft.NETCore.App/10.0.x/System.Private.CoreLib.dll lies three folders below dotnet.
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "..", "..", ".."));
        var beside = Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return File.Exists(beside) ? beside : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } named)
        {
            // A wrong explicit path must not be papered over by another build.
            yield return Path.GetFullPath(named);
            yield break;
        }

        yield return Path.Combine(AppContext.BaseDirectory, "silo", FileName);
        var built = typeof(SiloBinary).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(attribute => attribute.Key == "SiloPath")?.Value;
        if (built is not null)
        {
            yield return Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, built));
        }
    }
}
