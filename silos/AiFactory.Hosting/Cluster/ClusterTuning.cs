using Orleans.Configuration;

namespace AiFactory.Hosting.Cluster;

/// <summary>How fast a cluster notices a dead silo. With these values a killed one is replaced in about 1 s and a hung one in about 9 s.</summary>
internal static class ClusterTuning
{
    public static ISiloBuilder TuneMembership(this ISiloBuilder silo) => silo.UseInterfaceVersions().Configure<ClusterMembershipOptions>(membership =>
    {
        membership.ProbeTimeout = TimeSpan.FromSeconds(1);
        membership.NumMissedProbesLimit = 2;
        membership.NumVotesForDeathDeclaration = 1;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(10);
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
    });
}
