using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AiFactory.Domain.Refusals;

namespace AiFactory.Hosting.Options;

/// <summary>The port that the factory answers on.</summary>
public static class HttpPort
{
    /// <summary>Looks whether the port can be had, before anything else is started in vain.</summary>
    /// <exception cref="RefusedException"><c>port-unusable</c>.</exception>
    public static void Check(FactoryOptions options)
    {
        if (options.Port == 0)
            return;
        try
        {
            using var listener = new TcpListener(IPAddress.Parse(options.BindAddress), options.Port);
            listener.Start();
        }
        catch (SocketException exception)
        {
            throw new RefusedException(Unusable(options, exception.Message), exception);
        }
    }

    private static Refusal Unusable(FactoryOptions options, string cause) => new("port-unusable", RefusalKind.Conflict,
        $"Port {options.Port.ToString(CultureInfo.InvariantCulture)} on {options.BindAddress} cannot be had: {cause}.", "--port",
        "Stop what listens there, or give another port, 0 for a free one.");
}
