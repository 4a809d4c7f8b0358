using System.Net;
using System.Net.Sockets;

namespace AiFactory.Hosting.Cluster;

internal static class FreePort
{
    // Another process may take the port before the silo does; then the silo's start fails, names the port, and a second start mends it.
    public static int On(IPAddress address)
    {
        using var listener = new TcpListener(address, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
