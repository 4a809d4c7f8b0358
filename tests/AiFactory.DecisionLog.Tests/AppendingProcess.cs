using System.Globalization;
using System.Text;
using AiFactory.DecisionLog.Shipping;
using AiFactory.DecisionLog.Tests.Shipping;

namespace AiFactory.DecisionLog.Tests;

/// <summary>The process that the crash tests kill: appends from two threads for ever and writes each acknowledged address as a line.</summary>
internal static class AppendingProcess
{
    /// <summary>Set for such a process: the log's folder.</summary>
    public const string FolderVariable = "AIFACTORY_TEST_APPEND_TO";

    /// <summary>Set where such a process ships its log too: the store's folder.</summary>
    public const string StoreVariable = "AIFACTORY_TEST_SHIP_TO";

    public static void Run(string folder)
    {
        var (options, logger) = (new DecisionLogOptions { Folder = folder, SegmentBytes = DecisionLogOptions.SegmentBytesMin }, new RecordingLogger());
        var store = Environment.GetEnvironmentVariable(StoreVariable) is { Length: > 0 } place ? new FolderStore(place) : null;
        var shipped = store is null ? null : new ShippedLog(options.Name, store, new PartCache(2), logger);
        using var log = new SegmentedDecisionLog(options, logger, new Segments.Preallocation(), shipped, store?.Place ?? "");
        using var shipper = store is null
            ? null
            : new LogShipper(
                log, shipped!, store, () => [], new ShippingOptions { Interval = TimeSpan.FromMilliseconds(2), PartBytesMax = 16 * 1024 }, long.MaxValue, TimeProvider.System,
                logger);
        _ = shipper?.StartAsync(CancellationToken.None);
        using var output = Console.OpenStandardOutput();
        var writing = new Lock();
        var threads = Enumerable.Range(0, 2).Select(_ => new Thread(() => AppendForEver(log, output, writing))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
    }

    private static void AppendForEver(SegmentedDecisionLog log, Stream output, Lock writing)
    {
        for (var number = 0; ; number++)
        {
            // Now and then a large one, which does not go by way of the ring.
            var address = log.Append(Records.Decision(number, featureBytes: number % 50 == 7 ? 5_000 : number % 300));
            var line = Encoding.ASCII.GetBytes(address.ToString(CultureInfo.InvariantCulture) + "\n");
            lock (writing)
            {
                output.Write(line);
            }
        }
    }
}
