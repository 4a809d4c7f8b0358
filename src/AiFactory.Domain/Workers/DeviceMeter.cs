using AiFactory.Domain.Finance;

namespace AiFactory.Domain.Workers;

/// <summary>
/// Meters a device by processor sharing: the wall time between two transitions is shared equally among the activities then at work, and is idle
/// when there are none. Time and money are shared in whole nanoseconds and picodollars, what does not divide going to the earliest begun; so busy
/// plus idle is the wall time, and all charges are the bill, exactly. Not safe for use by several threads at once.
/// </summary>
/// <param name="startNanoseconds">When the session begins, on the clock that all calls use. Time that goes backwards counts as standing still.</param>
public sealed class DeviceMeter(DevicePricing pricing, long startNanoseconds)
{
    private readonly List<Active> _active = [];
    private readonly Dictionary<string, Picodollars> _training = new(StringComparer.Ordinal);
    private readonly long _start = startNanoseconds;
    private long _now = startNanoseconds;
    private long _nextId;
    private long _intervals;
    private long _cutWall;
    private Picodollars _inference;
    private Picodollars _idle;
    private int _inferences;

    /// <summary>Time since the session began, up to the last call.</summary>
    public long WallNanoseconds => _now - _start;

    /// <summary>Time during which no activity was at work.</summary>
    public long IdleNanoseconds { get; private set; }

    public long BusyNanoseconds => WallNanoseconds - IdleNanoseconds;

    /// <summary>What the device costs for the whole of the session so far.</summary>
    public Picodollars Bill => pricing.Of(WallNanoseconds);

    public ActivityToken Begin(DeviceActivity activity, long nowNanoseconds)
    {
        Advance(nowNanoseconds);
        _active.Add(new Active { Id = ++_nextId, Activity = activity });
        _inferences += activity.IsInference ? 1 : 0;
        return new(_nextId);
    }

    /// <summary>Ends an activity and says what it was charged.</summary>
    /// <exception cref="InvalidOperationException">It has ended before, or never began here.</exception>
    public DeviceCharge End(ActivityToken token, long nowNanoseconds)
    {
        Advance(nowNanoseconds);
        for (var i = 0; i < _active.Count; i++)
        {
            if (_active[i].Id == token.Id)
            {
                var ended = _active[i];
                _active.RemoveAt(i);
                _inferences -= ended.Activity.IsInference ? 1 : 0;
                return new(ended.Nanoseconds, ended.Price);
            }
        }

        throw new InvalidOperationException($"Activity {token.Id} is not at work.");
    }

    /// <summary>
    /// Ends an interval and begins the next. Only between batches: a batch is charged whole to the interval in which it ends, which is also
    /// the one it began in. Training runs may be at work, and are charged for their time so far.
    /// </summary>
    /// <returns>False, and no interval, while a batch is at work.</returns>
    public bool TryCut(long nowNanoseconds, out DeviceInterval? interval)
    {
        interval = null;
        if (_inferences > 0)
        {
            return false;
        }

        Advance(nowNanoseconds);
        interval = new(++_intervals, WallNanoseconds - _cutWall, pricing.Between(_cutWall, WallNanoseconds), _inference,
            new Dictionary<string, Picodollars>(_training, StringComparer.Ordinal), _idle);
        (_cutWall, _inference, _idle) = (WallNanoseconds, Picodollars.Zero, Picodollars.Zero);
        _training.Clear();
        return true;
    }

    private void Advance(long now)
    {
        var nanoseconds = now - _now;
        if (nanoseconds <= 0)
        {
            return;
        }

        var price = pricing.Between(WallNanoseconds, WallNanoseconds + nanoseconds);
        _now = now;
        if (_active.Count == 0)
        {
            IdleNanoseconds += nanoseconds;
            _idle += price;
            return;
        }

        Share(nanoseconds, price.Value);
    }

    private void Share(long nanoseconds, Int128 price)
    {
        var count = _active.Count;
        var (time, timeLeft) = (nanoseconds / count, nanoseconds % count);
        var (money, moneyLeft) = (price / count, price % count);
        for (var i = 0; i < count; i++)
        {
            var active = _active[i];
            var share = new Picodollars(money + (i < moneyLeft ? 1 : 0));
            active.Nanoseconds += time + (i < timeLeft ? 1 : 0);
            active.Price += share;
            _active[i] = active;
            if (active.Activity.TrainingRun is { } run)
            {
                _training[run] = _training.GetValueOrDefault(run) + share;
            }
            else
            {
                _inference += share;
            }
        }
    }

    private struct Active
    {
        public long Id;
        public DeviceActivity Activity;
        public long Nanoseconds;
        public Picodollars Price;
    }
}
