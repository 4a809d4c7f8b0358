using AiFactory.DecisionLog;
using AiFactory.DecisionLog.Shipping;
using AiFactory.Domain.Decisions;

namespace AiFactory.Gateway.Fakes;

/// <summary>One silo's log as it was shipped: the records of another log under that silo's name.</summary>
internal sealed class FakeShippedLogs(string name, MemoryLog records) : IShippedLogs
{
    public IReadOnlyList<string> Names() => [name];

    public long Tail(string log) => log == name ? records.Tail : 0;

    public LogRecord? Read(string log, long address) => log == name ? records.Read(address) : null;

    public IEnumerable<LogHead> ReadHeadsFrom(string log, long from) => log == name ? records.ReadHeadsFrom(from) : [];
}
