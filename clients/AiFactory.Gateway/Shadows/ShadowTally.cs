using AiFactory.Domain.Shadows;

namespace AiFactory.Gateway.Shadows;

/// <summary>What became of the requests mirrored to one shadow in one revision, and how many are under way. Safe for use by several threads.</summary>
internal sealed class ShadowTally
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Compared> _byVariant = new(StringComparer.Ordinal);
    private int _underWay;
    private long _bytes;
    private long _toldFailureAt = long.MinValue;

    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>All so far, by variant that answered.</summary>
    public IReadOnlyList<(string Variant, ShadowFigures Figures)> Totals
    {
        get
        {
            lock (_gate)
            {
                return [.. _byVariant.Select(one => (one.Key, one.Value.Total))];
            }
        }
    }

    /// <summary>Whether one more may be under way; if so, it has to <see cref="Leave"/>.</summary>
    public bool TryEnter(long bytes, GatewayOptions options)
    {
        lock (_gate)
        {
            if (!HasRoom(bytes, options))
            {
                return false;
            }

            (_underWay, _bytes) = (_underWay + 1, _bytes + bytes);
            return true;
        }
    }

    /// <summary>Whether one more might be under way at present.</summary>
    public bool HasRoom(long bytes, GatewayOptions options) =>
        Volatile.Read(ref _underWay) < options.ShadowRequestsMax && (_underWay == 0 || Volatile.Read(ref _bytes) + bytes <= options.ShadowBytesMax);

    public void Leave(long bytes)
    {
        lock (_gate)
        {
            (_underWay, _bytes) = (_underWay - 1, _bytes - bytes);
        }
    }

    public void Add(string variant, AgreementMeasure measure, ShadowFigures figures)
    {
        lock (_gate)
        {
            var present = _byVariant.GetValueOrDefault(variant) ?? new(measure, ShadowFigures.None, ShadowFigures.None);
            _byVariant[variant] = present with { Total = present.Total.Add(figures), Untold = present.Untold.Add(figures) };
        }
    }

    /// <summary>What was added since the last call.</summary>
    public IReadOnlyList<ShadowTraffic> Take(string shadow, long revision)
    {
        lock (_gate)
        {
            ShadowTraffic[] taken = [.. _byVariant.Where(one => one.Value.Untold != ShadowFigures.None).Select(one => new ShadowTraffic(shadow, one.Key, revision, one.Value.Measure, one.Value.Untold))];
            foreach (var one in taken)
            {
                _byVariant[one.Variant] = _byVariant[one.Variant] with { Untold = ShadowFigures.None };
            }

            return taken;
        }
    }

    /// <summary>Whether a failure is worth a line in the log: one in a while is.</summary>
    public bool TellsFailure(long now, long ticksApart)
    {
        lock (_gate)
        {
            if (_toldFailureAt != long.MinValue && now - _toldFailureAt < ticksApart)
            {
                return false;
            }

            _toldFailureAt = now;
            return true;
        }
    }

    private sealed record Compared(AgreementMeasure Measure, ShadowFigures Total, ShadowFigures Untold);
}
