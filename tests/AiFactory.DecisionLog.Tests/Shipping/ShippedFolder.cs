using AiFactory.DecisionLog.Segments;
using AiFactory.DecisionLog.Shipping;
using AiFactory.Domain.Decisions;

namespace AiFactory.DecisionLog.Tests.Shipping;

/// <summary>A silo's log with its shipper, driven by hand; the folder may be lost and the process may end.</summary>
internal sealed class ShippedFolder : IDisposable
{
    public const int PartBytesMax = 8192;

    private readonly long _bytesMax;
    private readonly bool _drops;
    private LogFolder _folder = new();
    private SegmentedDecisionLog? _log;
    private ShippingRun? _run;

    public ShippedFolder(MemoryStore? store = null, long bytesMax = 1L << 30, bool drops = false) => (Store, _bytesMax, _drops) = (store ?? new(), bytesMax, drops);

    public MemoryStore Store { get; }

    public LogFolder Folder => _folder;

    public List<ILogConsumer> Consumers { get; } = [];

    public ShippedLog Shipped => new("silo-1", Store, new PartCache(2), _folder.Logger);

    public SegmentedDecisionLog Log => _log ??= new(
        new DecisionLogOptions { Folder = _folder.Path, SegmentBytes = DecisionLogOptions.SegmentBytesMin, BytesMax = _bytesMax }, _folder.Logger, new Preallocation(),
        Shipped, Store.Place);

    public ShippingRun Run => _run ??= new(
        Log, Shipped, Store, () => Consumers, new ShippingOptions { PartBytesMax = PartBytesMax, DropShipped = _drops }, _bytesMax, _folder.Logger);

    public IReadOnlyList<string> Parts => [.. Store.Objects.Keys.Where(path => LogPart.Parse(path) is not null)];

    /// <summary>As the shipper does at each turn.</summary>
    public async Task Ship()
    {
        await Log.WaitForFsync(Log.Tail, TestContext.Current.CancellationToken);
        Run.Ship(TestContext.Current.CancellationToken);
    }

    public async Task<bool> TryShip()
    {
        try
        {
            await Ship();
            return true;
        }
        catch (IOException)
        {
            Run.Forget();
            return false;
        }
    }

    /// <summary>The process ends and begins again.</summary>
    public void Restart()
    {
        _log?.Dispose();
        (_log, _run) = (null, null);
    }

    /// <summary>The silo begins again on an empty disk.</summary>
    public void LoseDisk()
    {
        Restart();
        _folder.Dispose();
        _folder = new LogFolder();
    }

    public void Dispose()
    {
        Restart();
        _folder.Dispose();
    }

    public static List<(long Address, LogRecord Record)> Read(IEnumerable<LogEntry> entries) => [.. entries.Select(entry => (entry.Address, entry.Record))];

    public List<(long Address, LogRecord Record)> ReadShipped() => Read(LogHeads.EntriesOf(Shipped.Frames(0, Shipped.Tail())));
}

internal sealed class Consumer : ILogConsumer
{
    public long Position { get; set; }
}
