using System.Text.Json;
using AiFactory.Domain.Serialization;

namespace AiFactory.Cli.Local;

/// <summary>What a running factory writes into its folder when it is ready, and removes when it stops cleanly.</summary>
/// <param name="Pid">Operating-system process id.</param>
/// <param name="Url">Where its gateway listens.</param>
/// <param name="GrpcUrl">Where it takes gRPC calls.</param>
internal sealed record FactoryFile(int Pid, Uri Url, Uri? GrpcUrl, string SiloName, DateTimeOffset StartedAt)
{
    public static string PathIn(string dataFolder) => Path.Combine(dataFolder, "factory.json");

    /// <summary>The folder's file; null when there is none, or none that is whole. It may be stale: the process may have died.</summary>
    public static FactoryFile? Read(string dataFolder)
    {
        try
        {
            return JsonSerializer.Deserialize<FactoryFile>(File.ReadAllText(PathIn(dataFolder)), FactoryJson.Options);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }
}
