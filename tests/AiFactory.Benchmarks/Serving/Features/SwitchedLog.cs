using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;

namespace AiFactory.Benchmarks.Serving.Features;

/// <summary>The product's log, which can be told to keep no decisions: it then hands out addresses and nothing else.</summary>
internal sealed class SwitchedLog(IDecisionLog log, FeatureSwitches switches) : IDecisionLog
{
    private const long FirstMade = 1L << 48, Step = 512;
    private long _made = FirstMade;

    public string Name => log.Name;

    public long Tail => log.Tail;

    public long Append(LogRecord record) => switches.Log || record is not DecisionRecord ? log.Append(record) : Interlocked.Add(ref _made, Step);

    public ValueTask WaitForFsync(long address, CancellationToken cancellation) => log.WaitForFsync(Math.Min(address, Tail), cancellation);

    public LogRecord? Read(long address) => address < FirstMade ? log.Read(address) : null;

    public IEnumerable<LogEntry> ReadFrom(long from) => log.ReadFrom(from);

    public IEnumerable<LogHead> ReadHeadsFrom(long from) => log.ReadHeadsFrom(from);

    public Task WaitForRecords(long address, CancellationToken cancellation) => log.WaitForRecords(address, cancellation);
}

/// <summary>A log as one of its readers sees it; while that is switched off, it sees no records and goes on at the end.</summary>
internal sealed class SwitchedReading(IDecisionLog log, Func<bool> on) : IDecisionLog
{
    public string Name => log.Name;

    public long Tail => log.Tail;

    public long Append(LogRecord record) => log.Append(record);

    public ValueTask WaitForFsync(long address, CancellationToken cancellation) => log.WaitForFsync(address, cancellation);

    public LogRecord? Read(long address) => log.Read(address);

    public IEnumerable<LogEntry> ReadFrom(long from) => on() ? log.ReadFrom(from) : [];

    public IEnumerable<LogHead> ReadHeadsFrom(long from) => on() ? log.ReadHeadsFrom(from) : [];

    public Task WaitForRecords(long address, CancellationToken cancellation) => log.WaitForRecords(address, cancellation);
}
