using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace AiFactory.Benchmarks.Decisions;

/// <summary>A minimal HTTP/1.1 load generator for machines without wrk: raw sockets, keep-alive, one request a connection at a time.</summary>
internal static class OwnLoad
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>
    /// Env <c>BODY</c> names the file to post, <c>SEVERAL</c> says that it holds a request a line, <c>AUTH</c> is the Authorization header, <c>HEADER</c>
    /// another header line. Prints one line of figures.
    /// </summary>
    public static async Task<int> Run(Uri url, int connections, double seconds)
    {
        var requests = Requests(url);
        var watch = Stopwatch.StartNew();
        var results = await Task.WhenAll(Enumerable.Range(0, connections).Select(i => Task.Run(() => Connection(url, requests, i * requests.Length / connections, watch, seconds))));
        var elapsed = watch.Elapsed.TotalSeconds;
        var latencies = results.SelectMany(result => result.LatenciesUs).Order().ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"RESULT rps={latencies.Length / elapsed:F1} p50_us={At(0.5):F0} p99_us={At(0.99):F0} errors={results.Sum(result => result.Errors)}"));
        return 0;

        double At(double quantile) => latencies.Length == 0 ? 0 : latencies[(int)(quantile * (latencies.Length - 1))];
    }

    private static byte[][] Requests(Uri url)
    {
        var file = Environment.GetEnvironmentVariable("BODY") ?? throw new InvalidOperationException("Set BODY to the file to post.");
        return Environment.GetEnvironmentVariable("SEVERAL") is { Length: > 0 }
            ? [.. File.ReadLines(file).Select(line => Request(url, Encoding.UTF8.GetBytes(line)))]
            : [Request(url, File.ReadAllBytes(file))];
    }

    private static byte[] Request(Uri url, byte[] body)
    {
        var authorization = Environment.GetEnvironmentVariable("AUTH") is { Length: > 0 } value ? $"Authorization: {value}\r\n" : "";
        authorization += Environment.GetEnvironmentVariable("HEADER") is { Length: > 0 } header ? $"{header}\r\n" : "";
        var head = $"POST {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/json\r\n{authorization}Content-Length: {body.Length}\r\n\r\n";
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    private static async Task<(List<double> LatenciesUs, int Errors)> Connection(Uri url, byte[][] requests, int next, Stopwatch watch, double seconds)
    {
        var latencies = new List<double>();
        var errors = 0;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(url.Host, url.Port);
        var buffer = new byte[BufferBytes];
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            var start = Stopwatch.GetTimestamp();
            await socket.SendAsync(requests[next++ % requests.Length]);
            var length = 0;
            int whole;
            do
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(length));
                if (read == 0)
                {
                    return (latencies, errors + 1);
                }

                length += read;
            }
            while ((whole = WholeLength(buffer.AsSpan(0, length))) == 0 || length < whole);

            latencies.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            errors += buffer[9] == (byte)'2' ? 0 : 1;
        }

        return (latencies, errors);
    }

    /// <summary>Length of head and body once the head is there, else 0. Bodies without Content-Length end with the empty chunk.</summary>
    private static int WholeLength(ReadOnlySpan<byte> received)
    {
        var headEnd = received.IndexOf("\r\n\r\n"u8);
        if (headEnd < 0)
        {
            return 0;
        }

        const string name = "content-length:";
        var head = Encoding.ASCII.GetString(received[..headEnd]);
        var at = head.IndexOf(name, StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return received.EndsWith("0\r\n\r\n"u8) ? received.Length : int.MaxValue;
        }

        var value = head[(at + name.Length)..];
        var line = value.IndexOf('\r', StringComparison.Ordinal);
        return headEnd + 4 + int.Parse(line < 0 ? value : value[..line], CultureInfo.InvariantCulture);
    }
}
