using AiFactory.DecisionLog;
using AiFactory.Projections.Totals;

namespace AiFactory.Grains.Decisions;

/// <summary>Publishes the totals of this process's log when there is more in them than was published. Not for use by several threads at a time.</summary>
internal sealed class TotalsPublication(IDecisionLog log, ILogTotals totals, PublishedTotals published)
{
    private readonly long _tailAtStart = log.Tail;
    private readonly (long Ledger, long Figures) _readAtStart = totals.Positions;
    private (long Ledger, long Figures) _reached = (-1, -1);
    private long _generation = -1;

    /// <returns>Whether there was anything to publish.</returns>
    public async Task<bool> Publish(CancellationToken cancellation)
    {
        if (_generation < 0)
            await Resume(cancellation);
        var positions = totals.Positions;
        if (positions.Ledger < _reached.Ledger || positions.Figures < _reached.Figures || positions == _reached)
            return false;
        var taken = await totals.Take(_generation, cancellation);
        await published.Publish(taken, cancellation);
        _reached = (taken.Position, taken.FiguresPosition);
        return true;
    }

    private async Task Resume(CancellationToken cancellation)
    {
        // A log that ends before its published totals do lost what they count, and so, perhaps, did one whose readers begin anew: it goes on with another history.
        var earlier = await published.Read(log.Name, cancellation);
        if (earlier is not null && _readAtStart.Ledger >= earlier.Position && _readAtStart.Figures >= earlier.FiguresPosition
            && Math.Max(earlier.Position, earlier.FiguresPosition) <= _tailAtStart)
        {
            totals.Resume(earlier);
            (_generation, _reached) = (earlier.Generation, (earlier.Position, earlier.FiguresPosition));
        }
        else
        {
            totals.Resume(null);
            await totals.CatchUp(cancellation);
            _generation = earlier is null ? 0 : earlier.Generation + 1;
        }
    }
}
