using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace AiFactory.Benchmarks.Serving;

/// <summary>One inference request as bytes, and a keep-alive connection that sends it: no HTTP client between the clock and the socket.</summary>
internal sealed class RawRequest(Uri url, byte[] body, string apiKey)
{
    private const int BufferBytes = 64 * 1024;

    private readonly byte[] _bytes =
    [
        .. Encoding.ASCII.GetBytes($"POST {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nContent-Type: application/json\r\nAuthorization: Bearer {apiKey}\r\nContent-Length: {body.Length}\r\n\r\n"),
        .. body,
    ];

    public async Task<Socket> Connect(CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(url.Host, url.Port, cancellation);
        return socket;
    }

    public ValueTask<int> Send(Socket socket, CancellationToken cancellation) => socket.SendAsync(_bytes, cancellation);

    /// <summary>Reads one answer: its status and body.</summary>
    public static async Task<(int Status, string Body)> Receive(Socket socket, CancellationToken cancellation)
    {
        var buffer = new byte[BufferBytes];
        var length = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation);
            if (read == 0)
            {
                return (0, "");
            }

            length += read;
            if (Whole(buffer.AsSpan(0, length)) is { } whole)
            {
                return (int.Parse(buffer.AsSpan(9, 3), CultureInfo.InvariantCulture), whole);
            }
        }
    }

    private static string? Whole(ReadOnlySpan<byte> received)
    {
        const string Name = "content-length:";
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return null;
        }

        var head = Encoding.ASCII.GetString(received[..end]);
        var at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        var text = at < 0 ? "0" : head[(at + Name.Length)..].Split('\r')[0];
        var length = int.Parse(text, CultureInfo.InvariantCulture);
        var body = received[(end + 4)..];
        return body.Length < length ? null : Encoding.UTF8.GetString(body[..length]);
    }
}
