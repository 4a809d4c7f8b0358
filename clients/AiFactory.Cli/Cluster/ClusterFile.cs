using System.Text.Json;
using AiFactory.Cli.Local;
using AiFactory.Domain.Serialization;

namespace AiFactory.Cli.Cluster;

/// <summary>A silo of a local cluster.</summary>
/// <param name="Port">Where it serves HTTP; 0: any free port.</param>
/// <param name="Roles">As the silo's option <c>Roles</c>.</param>
internal sealed record ClusterMember(string Name, int Port, string Roles);

/// <summary>What a folder's local cluster consists of: <c>cluster.json</c>, readable by its owner only.</summary>
/// <param name="DatabasePort">Where its PostgreSQL listens on loopback.</param>
/// <param name="DatabasePassword">Of its PostgreSQL's user <c>aifactory</c>.</param>
internal sealed record ClusterFile(int DatabasePort, string DatabasePassword, IReadOnlyList<ClusterMember> Silos)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public static string PathIn(string folder) => Path.Combine(folder, "cluster.json");

    public static string FolderOf(string folder, string silo) => Path.Combine(folder, silo);

    /// <summary>Null: there is no cluster in the folder.</summary>
    public static ClusterFile? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<ClusterFile>(File.ReadAllText(PathIn(folder)), FactoryJson.Options);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>A gateway of the folder's cluster whose process lives; null: there is none.</summary>
    public static Uri? GatewayIn(string folder) => Read(folder)?.Silos
        .Where(silo => silo.Roles is "all" || silo.Roles.Contains("gateway", StringComparison.OrdinalIgnoreCase))
        .Select(silo => FactoryFile.Read(FolderOf(folder, silo.Name)))
        .FirstOrDefault(file => file is not null && ProcessSignals.IsAlive(file.Pid))?.Url;

    public void Write(string folder)
    {
        var aside = PathIn(folder) + ".new";
        File.Delete(aside);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var file = new FileStream(aside, options))
        {
            JsonSerializer.Serialize(file, this, FactoryJson.Indented);
        }

        File.Move(aside, PathIn(folder), overwrite: true);
    }
}
