namespace AiFactory.Hosting.Options;

/// <summary>How this process belongs to a cluster: section <c>AiFactory:Cluster</c>, e.g. <c>AIFACTORY__CLUSTER__DATABASE=Host=...</c>.</summary>
public sealed class ClusterMemberOptions
{
    /// <summary>Names the cluster among those in one database, and keys its state. Default <c>aifactory</c>.</summary>
    public string Id { get; set; } = "aifactory";

    /// <summary>
    /// Connection string of the PostgreSQL database that the cluster's members share, reached directly and not through a pool that parts transactions from
    /// sessions. Default none: no cluster.
    /// </summary>
    public string? Database { get; set; }

    /// <summary>IP address at which other members reach this one. Default: the address that HTTP is served on, if that is a single one.</summary>
    public string? Address { get; set; }

    /// <summary>TCP port at which other silos reach this one; 0 takes a free one. Default 11111.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>TCP port at which the cluster's clients reach this silo; 0 takes a free one. Default 30000.</summary>
    public int GatewayPort { get; set; } = 30000;

    /// <summary>TCP port that is listened on for other silos, where what they reach is another one that leads here. Default <see cref="SiloPort"/>.</summary>
    public int? SiloListenPort { get; set; }

    /// <summary>TCP port that is listened on for clients, where what they reach is another one that leads here. Default <see cref="GatewayPort"/>.</summary>
    public int? GatewayListenPort { get; set; }

    /// <summary>Whether this process is a client of the cluster that serves HTTP and gRPC, and no silo. Default false.</summary>
    public bool Client { get; set; }
}
