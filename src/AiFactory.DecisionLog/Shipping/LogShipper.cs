using AiFactory.Threading;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiFactory.DecisionLog.Shipping;

/// <summary>
/// Ships the silo's decision log on a thread of its own that gives way to those that decide. How far it is, the store itself says at the start and after each failure;
/// nothing of it is kept here.
/// </summary>
internal sealed class LogShipper : ILogShipping, IHostedService, IDisposable
{
    private readonly ShippingRun _run;
    private readonly SegmentedDecisionLog _log;
    private readonly ShippingOptions _options;
    private readonly string _place;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ShippingMeter _meter;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abandoned = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Thread? _thread;
    private long _currentSince;
    private long _failures;
    private string? _lastFailure;
    private bool _disposed;

    /// <param name="log">What is shipped.</param>
    /// <param name="store">Where to.</param>
    /// <param name="consumers">Asked when segments are to be dropped.</param>
    public LogShipper(
        SegmentedDecisionLog log, ShippedLog shipped, IShippingStore store, Func<IEnumerable<ILogConsumer>> consumers, ShippingOptions options, long bytesMax,
        TimeProvider time, ILogger logger)
    {
        (_log, _options, _place, _time, _logger) = (log, options, store.Place, time, logger);
        _run = new ShippingRun(log, shipped, store, consumers, options, bytesMax, logger);
        _currentSince = time.GetTimestamp();
        _meter = new ShippingMeter(this);
    }

    public ShippingStatus Status
    {
        get
        {
            var lag = _run.LagBytes;
            return new(_log.Name, _place, _log.Tail, _run.ShippedTo, lag, lag == 0 ? 0 : _time.GetElapsedTime(Volatile.Read(ref _currentSince)).TotalSeconds,
                _run.BytesPut, Interlocked.Read(ref _failures), _lastFailure, _run.SegmentsDropped);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _thread = new Thread(Follow) { Name = $"decision log shipping {_log.Name}", IsBackground = true };
        _thread.Start();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        if (_thread is null)
        {
            return;
        }

        try
        {
            await _stopped.Task.WaitAsync(_options.StopWait, _time, cancellationToken);
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException)
        {
            // The thread is in the background: the process ends without it, and the next one goes on from what the store has.
            await _abandoned.CancelAsync();
        }
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        _stopping.Cancel();
        _abandoned.Cancel();
        _meter.Dispose();
    }

    private void Follow()
    {
        BackgroundThread.Enter();
        var pause = _options.Interval;
        while (!_stopping.IsCancellationRequested)
        {
            if (!TryShip(pause))
            {
                _stopping.Token.WaitHandle.WaitOne(pause);
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, _options.RetryMax.Ticks));
                continue;
            }

            pause = _options.Interval;
            AwaitRecords();
        }

        // The last records before a clean stop.
        if (_lastFailure is null)
        {
            TryShip(pause);
        }

        _stopped.SetResult();
    }

    private void AwaitRecords()
    {
        _stopping.Token.WaitHandle.WaitOne(_options.Interval);
        try
        {
            if (_run.LagBytes == 0)
            {
                _log.WaitForRecords(_log.Tail, _stopping.Token).GetAwaiter().GetResult();
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
        {
            // The silo stops.
        }
    }

    private bool TryShip(TimeSpan pause)
    {
        var began = _time.GetTimestamp();
        try
        {
            _log.WaitForFsync(_log.Tail, _abandoned.Token).AsTask().GetAwaiter().GetResult();
            _run.Ship(_abandoned.Token);
            Volatile.Write(ref _currentSince, began);
            if (_lastFailure is not null)
            {
                ShippingLog.Resumed(_logger, _log.Name, _place, _run.ShippedTo);
                _lastFailure = null;
            }

            return true;
        }
        catch (Exception ended) when (_abandoned.IsCancellationRequested && ended is OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
        catch (LogForkedException forked)
        {
            Interlocked.Increment(ref _failures);
            _lastFailure = forked.Message;
            ShippingLog.Forked(_logger, _log.Name, _place, forked.Path);
            _stopping.Token.WaitHandle.WaitOne();
            return false;
        }
#pragma warning disable CA1031 // Whatever store it is, and however it fails: shipping goes on when it is back.
        catch (Exception problem)
#pragma warning restore CA1031
        {
            Interlocked.Increment(ref _failures);
            if (_lastFailure is null)
            {
                ShippingLog.Paused(_logger, _log.Name, _place, pause, problem);
            }

            _lastFailure = problem.Message;
            _run.Forget();
            return false;
        }
    }
}
