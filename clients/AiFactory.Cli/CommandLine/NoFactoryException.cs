namespace AiFactory.Cli.CommandLine;

/// <summary>No factory runs on the folder that the command line names.</summary>
internal sealed class NoFactoryException(string dataFolder) : Exception($"No factory runs on the folder {dataFolder}.")
{
    public string DataFolder { get; } = dataFolder;
}
