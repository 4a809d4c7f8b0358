namespace AiFactory.EndToEnd.Tests.Support;

/// <summary>Where the product's executables lie: the same configuration and framework as the tests' own.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    public static string Silo => Built("silos", "AiFactory.Silo", "AiFactory.Silo.dll");

    public static string Cli => Built("clients", "AiFactory.Cli", "factory.dll");

    private static string Built(string folder, string project, string assembly)
    {
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var path = Path.Combine(Root, folder, project, "bin", framework.Parent!.Name, framework.Name, assembly);
        return File.Exists(path) ? path : throw new FileNotFoundException($"Build {project} in the tests' configuration first.", path);
    }

    private static string FindRoot(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "AiFactory.sln")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {folder} holds AiFactory.sln.");
    }
}
