using AiFactory.Domain.Workers;

namespace AiFactory.Domain.Cluster;

/// <summary>Where a silo stands in its cluster.</summary>
public enum SiloState
{
    /// <summary>It is not a member yet.</summary>
    Joining,

    Active,

    /// <summary>It stops by itself and hands over.</summary>
    Leaving,

    /// <summary>It left, or the others declared it dead.</summary>
    Dead,
}

/// <summary>A cluster as an operator sees it.</summary>
/// <param name="AskedOf">Name of the process that answers.</param>
/// <param name="Silos">By name; of a name that was borne several times the latest bearer.</param>
public sealed record ClusterStatus(string ClusterId, string AskedOf, IReadOnlyList<ClusterSilo> Silos)
{
    /// <summary>Versions of the product that run in the cluster, each once.</summary>
    public IReadOnlyList<string> Versions =>
        [.. Silos.Where(silo => silo.State != SiloState.Dead).Select(silo => silo.Report?.Version).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Whether silos of different versions run beside each other.</summary>
    public bool VersionSkew => Versions.Count > 1;
}

/// <summary>A silo as the list of the cluster's members has it.</summary>
/// <param name="Address">IP address and port at which other silos reach it.</param>
/// <param name="SuspectedBy">Silos that have not reached it of late; empty once it is dead.</param>
/// <param name="StartedAt">By its own clock.</param>
/// <param name="Report">What it says of itself; null when it does not answer.</param>
/// <param name="Grains">Grains in its memory; null when it does not answer.</param>
public sealed record ClusterSilo(
    string Name, string Address, SiloState State, IReadOnlyList<string> SuspectedBy, DateTimeOffset StartedAt, SiloReport? Report, IReadOnlyList<GrainCount>? Grains);

/// <summary>What a silo says of itself.</summary>
/// <param name="Url">Where it serves HTTP.</param>
/// <param name="LogTail">Address of the end of its decision log; 0 where it has none.</param>
public sealed record SiloReport(
    string Version, int ProcessId, DateTimeOffset StartedAt, string Url, IReadOnlyList<SiloRole> Roles, IReadOnlyList<Device> Devices, long LogTail);

/// <summary>How many grains of a type a silo has in memory.</summary>
public sealed record GrainCount(string Type, int Count);
