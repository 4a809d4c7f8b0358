using System.Globalization;

namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>Which process a connection comes from: the kernel lists local ports with their sockets, and each process's sockets.</summary>
internal static class ConnectionOwner
{
    private const int LocalAddress = 1;
    private const int Inode = 9;

    public static bool Is(int processId, int localPort)
    {
        var port = localPort.ToString("X4", CultureInfo.InvariantCulture);
        var sockets = new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists).SelectMany(File.ReadLines).Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[LocalAddress].EndsWith($":{port}", StringComparison.Ordinal))
            .Select(fields => $"socket:[{fields[Inode]}]").ToHashSet(StringComparer.Ordinal);
        try
        {
            return Directory.EnumerateFiles($"/proc/{processId}/fd").Any(file => new FileInfo(file).LinkTarget is { } target && sockets.Contains(target));
        }
        catch (IOException)
        {
            // The process, or a file of it, is gone.
            return false;
        }
    }
}
