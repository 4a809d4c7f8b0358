using Orleans.Configuration;

namespace AiFactory.Hosting.Cluster;

/// <summary>How long calls of grains may take.</summary>
internal static class CallTimes
{
    /// <summary>Over the time that <see cref="Grains.Endpoints.IRoutingTableGrain.Watch"/> rests.</summary>
    public static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan RequestWarningTime = TimeSpan.FromSeconds(25);

    public static ISiloBuilder UseCallTimes(this ISiloBuilder silo) => silo.Configure<SiloMessagingOptions>(messaging =>
    {
        messaging.ResponseTimeout = ResponseTimeout;
        // Gateways watch their routes by calls that rest for 20 s; that is no cause for a warning.
        messaging.RequestProcessingWarningTime = RequestWarningTime;
    });
}
