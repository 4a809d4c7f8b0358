using System.Net;
using Orleans.Configuration;

namespace AiFactory.Hosting.Cluster;

/// <summary>A cluster of one silo in this process, reachable from this machine only.</summary>
internal static class EmbeddedCluster
{
    /// <summary>Part of the key of all stored state: it never changes.</summary>
    public const string ServiceId = "aifactory";

    public static ISiloBuilder UseEmbeddedCluster(this ISiloBuilder silo, string siloName) => silo
        .UseDevelopmentClustering(primarySiloEndpoint: (IPEndPoint?)null)
        .Configure<ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = (ServiceId, "embedded"))
        .Configure<SiloOptions>(options => options.SiloName = siloName)
        .Configure<EndpointOptions>(endpoint =>
        {
            endpoint.AdvertisedIPAddress = IPAddress.Loopback;
            endpoint.SiloPort = FreePort.On(IPAddress.Loopback);
            // All clients are in the process: no gateway for others.
            endpoint.GatewayPort = 0;
        })
        .UseCallTimes();
}
