namespace AiFactory.Repository;

/// <summary>The source tree that the tests read.</summary>
internal static class RepositoryRoot
{
    public static string Folder { get; } = Find(AppContext.BaseDirectory);

    /// <summary>Source files with the given ending, relative to the root, build output left out.</summary>
    public static IReadOnlyList<string> Files(string ending, params string[] under) =>
        [.. (under.Length == 0 ? ["src", "grains", "silos", "clients", "tests"] : under)
            .Select(folder => Path.Combine(Folder, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*" + ending, SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Folder, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "node_modules"))
            .Order(StringComparer.Ordinal)];

    public static string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    public static string[] ReadLines(string file) => File.ReadAllLines(Path.Combine(Folder, file));

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "AiFactory.sln")) ? folder : Find(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("AiFactory.sln is in no parent folder."));
}
