using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;

namespace AiFactory.Projections.Finance;

/// <summary>Counts a log by itself, apart from the ledger. Not for use by several threads at a time.</summary>
internal sealed class LogRecount
{
    private readonly Dictionary<string, (long Decisions, Picodollars Cost)> _tenants = new(StringComparer.Ordinal);

    /// <summary>Everything before it is counted.</summary>
    public long Position { get; private set; }

    /// <summary>Of the devices, over the intervals metered so far.</summary>
    public Picodollars Bill { get; private set; }

    /// <summary>Goes on where earlier totals of the same log ended.</summary>
    public static LogRecount From(LogTotals totals)
    {
        var count = new LogRecount { Position = totals.Position, Bill = totals.Bill };
        foreach (var tenant in totals.Tenants)
        {
            count._tenants[tenant.Tenant] = (tenant.Decisions, tenant.Cost);
        }

        return count;
    }

    public (long Decisions, Picodollars Cost) Of(string tenant) => _tenants.GetValueOrDefault(tenant);

    /// <summary>Counts on, up to an address that a reader of this log has reached.</summary>
    public void Advance(IDecisionLog log, long end, CancellationToken cancellation)
    {
        foreach (var entry in log.ReadHeadsFrom(Position).TakeWhile(entry => entry.Address < end))
        {
            cancellation.ThrowIfCancellationRequested();
            if (entry.Record is DeviceTimeRecord interval)
            {
                Bill += interval.Bill;
            }
            else if (entry.Record is null)
            {
                var (decisions, cost) = Of(entry.Decision.Tenant);
                _tenants[entry.Decision.Tenant] = (decisions + 1, cost + entry.Decision.Cost);
            }

            Position = entry.Next;
        }

        Position = Math.Max(Position, end);
    }
}
