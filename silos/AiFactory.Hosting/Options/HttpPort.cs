using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AiFactory.Domain.Refusals;

namespace AiFactory.Hosting.Options;

/// <summary>The ports that the factory answers on.</summary>
public static class HttpPort
{
    /// <summary>Looks whether the ports can be had, before anything else is started in vain.</summary>
    /// <exception cref="RefusedException"><c>port-unusable</c>.</exception>
    public static void Check(FactoryOptions options)
    {
        if (Fault(options, options.Port) is { } fault)
            throw new RefusedException(Unusable(options, options.Port, fault.Message, "--port"), fault);
        if (options.GrpcPort is { } port && Fault(options, port) is { } grpcFault)
            throw new RefusedException(Unusable(options, port, grpcFault.Message, "--grpc-port"), grpcFault);
    }

    /// <summary>The port for gRPC: the one asked for, else the one after HTTP's, else 0, any free one.</summary>
    internal static int Grpc(FactoryOptions options)
    {
        if (options.GrpcPort is { } port)
            return port;
        var next = options.Port + 1;
        return options.Port == 0 || next > IPEndPoint.MaxPort || Fault(options, next) is not null ? 0 : next;
    }

    private static SocketException? Fault(FactoryOptions options, int port)
    {
        if (port == 0)
            return null;
        try
        {
            using var listener = new TcpListener(IPAddress.Parse(options.BindAddress), port);
            listener.Start();
            return null;
        }
        catch (SocketException exception)
        {
            return exception;
        }
    }

    private static Refusal Unusable(FactoryOptions options, int port, string cause, string option) => new("port-unusable", RefusalKind.Conflict,
        $"Port {port.ToString(CultureInfo.InvariantCulture)} on {options.BindAddress} cannot be had: {cause}.", option,
        "Stop what listens there, or give another port, 0 for a free one.");
}
