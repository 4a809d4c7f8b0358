using System.Collections.Concurrent;
using AiFactory.Domain.Decisions;
using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog.Shipping;

/// <summary>
/// Any silo's decision log, as far as it was shipped, whether the silo is up or not. Calls block on the object store and may fail as it does; safe for use by
/// several threads.
/// </summary>
public interface IShippedLogs
{
    /// <summary>Names of all logs that were ever shipped, in order.</summary>
    IReadOnlyList<string> Names();

    /// <summary>Address just after the last shipped record of a log; 0 when nothing of it was shipped.</summary>
    long Tail(string log);

    /// <summary>The record at an address, or null when no shipped record begins there.</summary>
    LogRecord? Read(string log, long address);

    /// <summary>As <see cref="IDecisionLog.ReadHeadsFrom"/>, up to what was shipped at the time of the call.</summary>
    IEnumerable<LogHead> ReadHeadsFrom(string log, long from);
}

/// <inheritdoc cref="IShippedLogs"/>
internal sealed class ShippedLogs(IShippingStore store, ILogger<ShippedLogs> logger) : IShippedLogs
{
    // Of 8 MiB each, but for records that are larger.
    private const int PartsInMemoryMax = 4;

    private readonly PartCache _cache = new(PartsInMemoryMax);
    private readonly ConcurrentDictionary<string, ShippedLog> _logs = new(StringComparer.Ordinal);

    public IReadOnlyList<string> Names() => store.ListFolders(LogPart.RootFolder);

    public long Tail(string log) => Log(log).Tail();

    public LogRecord? Read(string log, long address) => Log(log).Read(address);

    public IEnumerable<LogHead> ReadHeadsFrom(string log, long from) => LogHeads.Of(Log(log).Frames(from, Tail(log)));

    internal ShippedLog Log(string name) => _logs.GetOrAdd(name, key => new ShippedLog(key, store, _cache, logger));
}
