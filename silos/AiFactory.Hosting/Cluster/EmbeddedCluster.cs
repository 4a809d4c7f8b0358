using System.Net;
using System.Net.Sockets;
using Orleans.Configuration;

namespace AiFactory.Hosting.Cluster;

/// <summary>A cluster of one silo in this process, reachable from this machine only.</summary>
internal static class EmbeddedCluster
{
    /// <summary>Part of the key of all stored state: it never changes.</summary>
    public const string ServiceId = "aifactory";

    /// <summary>Over the time that <see cref="Grains.Endpoints.IRoutingTableGrain.Watch"/> rests.</summary>
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RequestWarningTime = TimeSpan.FromSeconds(25);

    public static ISiloBuilder UseEmbeddedCluster(this ISiloBuilder silo, string siloName) => silo
        .UseDevelopmentClustering(primarySiloEndpoint: (IPEndPoint?)null)
        .Configure<ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = (ServiceId, "embedded"))
        .Configure<SiloOptions>(options => options.SiloName = siloName)
        .Configure<EndpointOptions>(endpoint =>
        {
            endpoint.AdvertisedIPAddress = IPAddress.Loopback;
            endpoint.SiloPort = FreePort();
            // All clients are in the process: no gateway for others.
            endpoint.GatewayPort = 0;
        })
        .Configure<SiloMessagingOptions>(messaging =>
        {
            messaging.ResponseTimeout = ResponseTimeout;
            // Gateways watch their routes by calls that rest for 20 s; that is no cause for a warning.
            messaging.RequestProcessingWarningTime = RequestWarningTime;
        });

    // Another process may take the port before the silo does; then the silo's start fails, names the port, and a second start mends it.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
