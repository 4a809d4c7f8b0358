namespace AiFactory.Cli.Local;

/// <summary>The API key that requests carry.</summary>
internal static class ApiKey
{
    public const string Variable = "AIFACTORY_API_KEY";

    /// <summary>
    /// The environment's key; else the one that the folder's own factory left in <c>api-key</c>, which is for that factory only and never sent elsewhere.
    /// Null: none.
    /// </summary>
    public static string? For(Uri address, string dataFolder) =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } given ? given
        : FactoryFile.Read(dataFolder)?.Url == address ? Read(dataFolder)
        : null;

    private static string? Read(string dataFolder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(dataFolder, "api-key")).Trim();
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
