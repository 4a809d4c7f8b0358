using System.Net;
using AiFactory.Hosting.Options;
using AiFactory.Hosting.Storage.Postgres;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace AiFactory.Hosting.Cluster;

/// <summary>A cluster of processes that find each other in a PostgreSQL database.</summary>
internal static class PostgresCluster
{
    /// <summary>Makes this process a silo of the cluster.</summary>
    public static ISiloBuilder UsePostgresCluster(this ISiloBuilder silo, FactoryOptions options, string connectionString)
    {
        var cluster = options.Cluster;
        silo.Services.Named(cluster).AddHostedService<SiloNameWatch>();
        return silo
            .UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (PostgresStateStore.Invariant, connectionString))
            .Configure<SiloOptions>(named => named.SiloName = options.SiloName)
            .Configure<EndpointOptions>(endpoint => Place(endpoint, options))
            .UseCallTimes();
    }

    /// <summary>Makes this process a client of the cluster.</summary>
    public static IClientBuilder UsePostgresCluster(this IClientBuilder client, FactoryOptions options, string connectionString)
    {
        client.Services.Named(options.Cluster).AddHostedService<SiloNameWatch>();
        return client
            .UseAdoNetClustering(clustering => (clustering.Invariant, clustering.ConnectionString) = (PostgresStateStore.Invariant, connectionString))
            .Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(5))
            .Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = CallTimes.ResponseTimeout);
    }

    private static IServiceCollection Named(this IServiceCollection services, ClusterMemberOptions cluster) =>
        services.Configure<ClusterOptions>(named => (named.ServiceId, named.ClusterId) = (cluster.Id, cluster.Id));

    private static void Place(EndpointOptions endpoint, FactoryOptions options)
    {
        var (cluster, address) = (options.Cluster, ClusterMemberRules.AddressOf(options)!);
        endpoint.AdvertisedIPAddress = address;
        endpoint.SiloPort = cluster.SiloPort > 0 ? cluster.SiloPort : FreePort.On(address);
        endpoint.GatewayPort = cluster.GatewayPort > 0 ? cluster.GatewayPort : FreePort.On(address);
        endpoint.SiloListeningEndpoint = cluster.SiloListenPort is { } silos ? new IPEndPoint(address, silos) : null;
        endpoint.GatewayListeningEndpoint = cluster.GatewayListenPort is { } clients ? new IPEndPoint(address, clients) : null;
    }
}
