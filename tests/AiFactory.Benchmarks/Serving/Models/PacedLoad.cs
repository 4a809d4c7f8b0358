using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace AiFactory.Benchmarks.Serving.Models;

/// <param name="Wrong">Answers other than the model's.</param>
internal sealed record PacedResult(IReadOnlyList<double> LatenciesUs, int Wrong)
{
    public double Percentile(double share) => LatenciesUs.Count == 0 ? double.NaN : LatenciesUs.Order().ElementAt((int)(share * (LatenciesUs.Count - 1)));
}

/// <summary>Connections that each ask random ones of some models at a steady pace, so that latency is that of the server and not of a queue for it.</summary>
internal sealed class PacedLoad(Uri url, string apiKey, IReadOnlyList<SmallModel> models)
{
    private const int BufferBytes = 64 * 1024;

    public async Task<PacedResult> Run(int connections, TimeSpan period, double seconds, int seed)
    {
        var watch = Stopwatch.StartNew();
        var all = await Task.WhenAll(Enumerable.Range(0, connections).Select(connection => Task.Run(() => Connection(new Random(seed + connection), period, watch, seconds))));
        return new([.. all.SelectMany(result => result.LatenciesUs)], all.Sum(result => result.Wrong));
    }

    private async Task<PacedResult> Connection(Random random, TimeSpan period, Stopwatch watch, double seconds)
    {
        var latencies = new List<double>();
        var wrong = 0;
        var buffer = new byte[BufferBytes];
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(url.Host, url.Port);
        using var timer = new PeriodicTimer(period);
        while (watch.Elapsed.TotalSeconds < seconds && await timer.WaitForNextTickAsync())
        {
            var model = models[random.Next(models.Count)];
            var request = Request(model);
            var start = Stopwatch.GetTimestamp();
            await socket.SendAsync(request);
            var (head, length) = await Receive(socket, buffer);
            latencies.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            wrong += length > 0 && model.IsAnswer(buffer.AsSpan(head, length - head)) ? 0 : 1;
            if (length == 0)
            {
                break;
            }
        }

        return new(latencies, wrong);
    }

    private static async Task<(int Head, int Length)> Receive(Socket socket, byte[] buffer)
    {
        var length = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length));
            if (read == 0)
            {
                return (0, 0);
            }

            length += read;
            if (Head(buffer.AsSpan(0, length)) is var (head, body) && length >= head + body)
            {
                return (head, head + body);
            }
        }
    }

    private static (int Head, int Body)? Head(ReadOnlySpan<byte> received)
    {
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return null;
        }

        const string name = "content-length:";
        var head = Encoding.ASCII.GetString(received[..end]);
        var at = head.IndexOf(name, StringComparison.OrdinalIgnoreCase);
        var value = head[(at + name.Length)..];
        var line = value.IndexOf('\r', StringComparison.Ordinal);
        return at < 0 ? null : (end + 4, int.Parse(line < 0 ? value : value[..line], CultureInfo.InvariantCulture));
    }

    private byte[] Request(SmallModel model) =>
    [
        .. Encoding.ASCII.GetBytes($"POST /v2/models/{model.Name}/infer HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/json\r\n"
            + $"Authorization: Bearer {apiKey}\r\nContent-Length: {model.Body.Length}\r\n\r\n"),
        .. model.Body,
    ];
}
