using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using AiFactory.Domain;

namespace AiFactory.Engines.Native;

/// <summary>Finds out why a native library does not load, from its file and from what the system's loader says.</summary>
public static partial class NativeLibraryDiagnosis
{
    /// <summary>Where the library's file lies among the folders that the runtime searches; null when it is in none of them.</summary>
    public static string? Find(string fileName)
    {
        var searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Prepend(AppContext.BaseDirectory)
            .Select(folder => Path.Combine(folder, fileName))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>A finding that names the real cause, after loading failed with <paramref name="failure"/>.</summary>
    /// <param name="path">The library's file; null when there is none.</param>
    public static HealthFinding Explain(string component, string fileName, string? path, Exception failure)
    {
        if (path is null)
        {
            return new(component, false, $"{fileName} is missing.", $"No {fileName} beside the program in {AppContext.BaseDirectory}.",
                $"Build or publish again for {RuntimeInformation.RuntimeIdentifier}; the package has one native library a platform.");
        }

        var said = failure.Message;
        try
        {
            NativeLibrary.Free(NativeLibrary.Load(path));
        }
        catch (Exception loaderFailure) when (loaderFailure is DllNotFoundException or BadImageFormatException)
        {
            said = loaderFailure.Message;
        }

        var (cause, mend) = Classify(fileName, said);
        return new(component, false, $"{fileName} does not load.", cause, mend);
    }

    /// <summary>Reads the cause and its mend out of the loader's message.</summary>
    public static (string Cause, string Mend) Classify(string fileName, string message)
    {
        if (MissingVersion().Match(message) is { Success: true } version)
        {
            var provider = Path.GetFileName(version.Groups["provider"].Value);
            return ($"This system's {provider} lacks the symbol version {version.Groups["version"].Value}, which {fileName} asks for.",
                "Build on this system, or with -p:TorchNeedsWeak=always on a newer one (the build then marks the need weak), "
                + "or use a newer system, e.g. Debian 13 or Ubuntu 24.04.");
        }

        if (MissingDependency().Match(message) is { Success: true } dependency)
        {
            var name = dependency.Groups["name"].Value;
            return ($"{fileName} needs {name}, which is not to be found.", name.StartsWith("libgomp.so", StringComparison.Ordinal)
                ? "Install GNU OpenMP: apt-get install libgomp1 (Debian, Ubuntu), dnf install libgomp (Fedora, RHEL)."
                : "Install the package that has it, or restore the file beside the program by building again.");
        }

        if (WrongArchitecture().IsMatch(message))
        {
            return ($"{fileName} was built for another processor or operating system than {RuntimeInformation.RuntimeIdentifier}.",
                $"Build again with -r {RuntimeInformation.RuntimeIdentifier}.");
        }

        if (message.Contains("file too short", StringComparison.Ordinal) || message.Contains("invalid ELF header", StringComparison.Ordinal))
        {
            return ($"{fileName} is damaged.",
                "Delete the output folder and build again; if that does not help, clear the package cache (dotnet nuget locals all --clear).");
        }

        return ($"The system's loader says: {message}", "See the loader's message; building again restores the libraries the program came with.");
    }

    [GeneratedRegex(@"(?<provider>\S+): version [`'](?<version>[^']+)' not found")]
    private static partial Regex MissingVersion();

    [GeneratedRegex(@"(?<name>[^\s/:]+\.so[^\s:]*): cannot open shared object file")]
    private static partial Regex MissingDependency();

    [GeneratedRegex("wrong ELF class|Exec format error|incompatible architecture|0x8007000B")]
    private static partial Regex WrongArchitecture();
}
