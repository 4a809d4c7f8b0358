using System.Net;
using AiFactory.Domain.Cluster;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AiFactory.Hosting.Options;

/// <summary>Where the server listens.</summary>
internal static class Listening
{
    private const int GrpcCallsMax = 1000;

    /// <summary>HTTP first, gRPC second, where there is a gateway to take calls; whoever reads the server's addresses finds them in this order.</summary>
    public static void Listen(this KestrelServerOptions kestrel, FactoryOptions options)
    {
        var address = IPAddress.Parse(options.BindAddress);
        kestrel.AddServerHeader = false;
        (kestrel.Limits.MaxConcurrentConnections, kestrel.Limits.RequestHeadersTimeout) = (options.ConnectionsMax, options.HeaderTimeout);
        kestrel.Limits.Http2.MaxStreamsPerConnection = GrpcCallsMax;
        kestrel.Listen(address, options.Port, http => http.Protocols = HttpProtocols.Http1);
        if (options.Has(SiloRole.Gateway))
            kestrel.Listen(address, HttpPort.Grpc(options), grpc => grpc.Protocols = HttpProtocols.Http2);
    }
}
