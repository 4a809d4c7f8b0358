using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace AiFactory.EndToEnd.Tests.Cluster.Harness;

/// <summary>
/// Stands before a TCP port and passes on what comes, both ways, until it is told to cut: then connections that pass it stay open and carry nothing, as if
/// the cable were out, and new ones hang, until it heals. What was under way arrives then, late but whole. It can be slow too: then everything arrives after a
/// stated time, in order, and as much at a time as ever.
/// </summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>Pieces that are kept back at a time, each way of a connection.</summary>
    private const int UnderWay = 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentBag<Task> _work = [];
    private readonly int _target;
    private volatile Cable? _cut;
    private long _delayTicks;

    /// <param name="target">The port on loopback that is passed on to.</param>
    public TcpProxy(int target)
    {
        _target = target;
        _listener.Start();
        _work.Add(Accept());
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>For how long what comes from now on is kept back, each way.</summary>
    public TimeSpan Delay
    {
        get => new(Interlocked.Read(ref _delayTicks));
        set => Interlocked.Exchange(ref _delayTicks, value.Ticks);
    }

    /// <summary>Nothing passes any more.</summary>
    public void Cut() => _cut = new(null);

    /// <summary>Nothing passes any more on connections that a process opened.</summary>
    public void CutFrom(int processId) => _cut = new(processId);

    public void Heal() => Interlocked.Exchange(ref _cut, null)?.Heal();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        Heal();
        await Task.WhenAll(_work);
        _stopping.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                _work.Add(Pass(await _listener.AcceptSocketAsync(_stopping.Token)));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task Pass(Socket near)
    {
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (near)
        {
            near.NoDelay = true;
            try
            {
                var port = ((IPEndPoint)near.RemoteEndPoint!).Port;
                await Gate(port);
                await far.ConnectAsync(IPAddress.Loopback, _target, _stopping.Token);
                await Task.WhenAny(Copy(near, far, port), Copy(far, near, port));
            }
            catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One side is gone, so both are.
            }
        }
    }

    private async Task Copy(Socket from, Socket to, int port)
    {
        var way = Channel.CreateBounded<(byte[] Bytes, long Came, TimeSpan Delay)>(UnderWay);
        var receiving = Receive(from, way.Writer);
        await Send(way.Reader, to, port);
        await receiving;
    }

    private async Task Receive(Socket from, ChannelWriter<(byte[] Bytes, long Came, TimeSpan Delay)> way)
    {
        var buffer = new byte[BufferBytes];
        try
        {
            while (await from.ReceiveAsync(buffer, _stopping.Token) is > 0 and var count)
            {
                await way.WriteAsync((buffer[..count], Stopwatch.GetTimestamp(), Delay), _stopping.Token);
            }
        }
        finally
        {
            way.Complete();
        }
    }

    private async Task Send(ChannelReader<(byte[] Bytes, long Came, TimeSpan Delay)> way, Socket to, int port)
    {
        await foreach (var (bytes, came, delay) in way.ReadAllAsync(_stopping.Token))
        {
            if (delay - Stopwatch.GetElapsedTime(came) is var left && left > TimeSpan.Zero)
            {
                using var timer = new PeriodicTimer(left);
                await timer.WaitForNextTickAsync(_stopping.Token);
            }

            await Gate(port);
            for (var sent = 0; sent < bytes.Length;)
            {
                sent += await to.SendAsync(bytes.AsMemory(sent), _stopping.Token);
            }
        }
    }

    private async Task Gate(int port)
    {
        while (_cut is { } cut && cut.Concerns(port))
        {
            await cut.Healed.WaitAsync(_stopping.Token);
        }
    }

    /// <param name="processId">Whose connections are cut; null: all.</param>
    private sealed class Cable(int? processId)
    {
        private readonly ConcurrentDictionary<int, bool> _concerned = new();
        private readonly TaskCompletionSource _healed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Healed => _healed.Task;

        public bool Concerns(int port) => processId is not { } process || _concerned.GetOrAdd(port, from => ConnectionOwner.Is(process, from));

        public void Heal() => _healed.TrySetResult();
    }
}
