using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference.Batching;
using AiFactory.Grains.Workers.Training;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>Writes each device's time to the log, every few seconds and when the silo stops.</summary>
internal sealed partial class DeviceTimeReporter(
    WorkerRuntime runtime, ShardHost shards, IDeviceTimeSink sink, IOptions<WorkerOptions> options, TimeProvider time, ILogger<DeviceTimeReporter> logger) : BackgroundService
{
    private readonly Dictionary<WorkerKey, (WorkerDevice Device, DeviceTimeRecord Record)> _unwritten = [];
    private readonly SemaphoreSlim _reporting = new(1, 1);

    /// <summary>
    /// Takes a worker's device out of use: no call reaches it any more, what it has at work ends or is given up, and its time is written, once. No effect
    /// but another reason where it is closed.
    /// </summary>
    public async Task Close(LocalWorker worker, Refusal reason)
    {
        if (worker.Close(reason) is not { } device)
        {
            return;
        }

        shards.StopAll(worker.Key);
        await Task.Run(() => runtime.Stop(device));
        await _reporting.WaitAsync();
        try
        {
            using var patience = new CancellationTokenSource(DeviceExecutor.StopPatience, time);
            await Report(device, patience.Token);
        }
        catch (OperationCanceledException)
        {
            // An engine that hangs has its batch at work for ever.
            LogNotClosed(device.Key);
        }
        finally
        {
            _reporting.Release();
        }
    }

    public override void Dispose()
    {
        _reporting.Dispose();
        base.Dispose();
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // Nothing may compute after the last record, or its time would be charged to decisions and billed to nobody.
        shards.Dispose();
        runtime.Dispose();
        await Report(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.DeviceTimePeriod, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await Report(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The last record is written by StopAsync.
        }
    }

    private async Task Report(CancellationToken cancellation)
    {
        await _reporting.WaitAsync(CancellationToken.None);
        try
        {
            foreach (var device in runtime.Devices)
            {
                await Report(device, cancellation);
            }

            foreach (var (device, record) in _unwritten.Values.Where(left => runtime.Worker(left.Device.Key).Opened != left.Device).ToArray())
            {
                TryWrite(device, record);
            }
        }
        finally
        {
            _reporting.Release();
        }
    }

    private async Task Report(WorkerDevice device, CancellationToken cancellation)
    {
        // What another session could not write is a record of its own.
        if (_unwritten.TryGetValue(device.Key, out var left) && left.Device != device)
        {
            TryWrite(left.Device, left.Record);
        }

        var interval = await device.Clock.Cut(cancellation);
        TryWrite(device, Record(device, interval));
    }

    private void TryWrite(WorkerDevice device, DeviceTimeRecord record)
    {
        try
        {
            sink.Append(record);
            _unwritten.Remove(device.Key);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            _unwritten[device.Key] = (device, record);
            LogNotWritten(exception, device.Key);
        }
    }

    // What an earlier interval could not write is part of this one, so that intervals still join without gaps.
    private DeviceTimeRecord Record(WorkerDevice device, DeviceInterval interval)
    {
        var record = new DeviceTimeRecord(time.GetUtcNow(), device.Key.ToGrainKey(), device.Session, interval.Number, interval.WallNanoseconds,
            interval.Bill, interval.Inference, interval.Training, interval.Idle);
        return _unwritten.TryGetValue(device.Key, out var left) && left is var (of, earlier) && of == device
            ? record with
            {
                WallNanoseconds = earlier.WallNanoseconds + record.WallNanoseconds,
                Bill = earlier.Bill + record.Bill,
                Inference = earlier.Inference + record.Inference,
                Training = earlier.Training.Concat(record.Training).GroupBy(part => part.Key, part => part.Value)
                    .ToDictionary(run => run.Key, run => run.Aggregate(Picodollars.Zero, (sum, part) => sum + part)),
                Idle = earlier.Idle + record.Idle,
            }
            : record;
    }

    [LoggerMessage(LogLevel.Error, "The last interval of {Worker} is not written: its engine did not come back from a batch.")]
    private partial void LogNotClosed(WorkerKey worker);

    [LoggerMessage(LogLevel.Warning, "The time of {Worker} could not be written; it is added to the next record.")]
    private partial void LogNotWritten(Exception exception, WorkerKey worker);
}
