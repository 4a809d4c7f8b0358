using AiFactory.Domain.Workers;

namespace AiFactory.Engines.Devices;

/// <summary>A device's meter on the monotonic clock. Safe for use by several threads.</summary>
public sealed class DeviceClock
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly TimeProvider _time;
    private readonly DeviceMeter _meter;
    private readonly Lock _gate = new();
    private TaskCompletionSource<DeviceInterval>? _cut;
    private long _usableUntil = long.MaxValue;

    public DeviceClock(DevicePricing pricing, TimeProvider time)
    {
        _time = time;
        _meter = new(pricing, Now);
    }

    /// <summary>Share of wall time since the session began that the device computed, 0 to 1.</summary>
    public double BusyFraction
    {
        get
        {
            lock (_gate)
            {
                return _meter.WallNanoseconds == 0 ? 0 : (double)_meter.BusyNanoseconds / _meter.WallNanoseconds;
            }
        }
    }

    /// <summary>Time that the device computed since the session began, in seconds, up to the last change of what it does.</summary>
    public double BusySeconds
    {
        get
        {
            lock (_gate)
            {
                return _meter.BusyNanoseconds / (double)NanosecondsPerSecond;
            }
        }
    }

    /// <summary>Until when the device may be used, as <see cref="Now"/> counts; <see cref="long.MaxValue"/>, where it needs no leave. Looked at before each batch and step.</summary>
    public long UsableUntil
    {
        get => Volatile.Read(ref _usableUntil);
        set => Volatile.Write(ref _usableUntil, value);
    }

    /// <summary>Monotonic time, in nanoseconds since some fixed moment.</summary>
    public long Now
    {
        get
        {
            var (timestamp, frequency) = (_time.GetTimestamp(), _time.TimestampFrequency);
            return frequency == NanosecondsPerSecond ? timestamp : (long)((Int128)timestamp * NanosecondsPerSecond / frequency);
        }
    }

    public ActivityToken Begin(DeviceActivity activity)
    {
        lock (_gate)
        {
            return _meter.Begin(activity, Now);
        }
    }

    /// <summary>Ends an activity and says what it was charged.</summary>
    public DeviceCharge End(ActivityToken token)
    {
        lock (_gate)
        {
            var now = Now;
            var charge = _meter.End(token, now);

            // A cut that had to wait for this batch happens here, or under load the next batch would forestall it for ever.
            if (_cut is { } waiting && _meter.TryCut(now, out var interval))
            {
                _cut = null;
                waiting.SetResult(interval!);
            }

            return charge;
        }
    }

    /// <summary>Ends the present interval: now, or when the batch at work ends. One caller at a time.</summary>
    /// <exception cref="InvalidOperationException">Another cut is waiting.</exception>
    public async Task<DeviceInterval> Cut(CancellationToken cancellation)
    {
        TaskCompletionSource<DeviceInterval> waiting;
        lock (_gate)
        {
            if (_cut is not null)
            {
                throw new InvalidOperationException("Another cut is waiting.");
            }

            if (_meter.TryCut(Now, out var interval))
            {
                return interval!;
            }

            _cut = waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        try
        {
            return await waiting.Task.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                if (!waiting.Task.IsCompleted)
                {
                    _cut = null;
                    throw;
                }
            }

            return await waiting.Task;
        }
    }

}
