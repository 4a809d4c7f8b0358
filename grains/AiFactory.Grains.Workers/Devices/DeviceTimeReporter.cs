using AiFactory.Domain.Decisions;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Workers.Training;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>Writes each device's time to the log, every few seconds and when the silo stops.</summary>
internal sealed partial class DeviceTimeReporter(
    WorkerRuntime runtime, ShardHost shards, IDeviceTimeSink sink, IOptions<WorkerOptions> options, TimeProvider time, ILogger<DeviceTimeReporter> logger) : BackgroundService
{
    private readonly Dictionary<WorkerKey, DeviceTimeRecord> _unwritten = [];

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
        foreach (var device in runtime.Devices)
        {
            var interval = await device.Clock.Cut(cancellation);
            var record = Record(device.Key, interval);
            try
            {
                sink.Append(record);
                _unwritten.Remove(device.Key);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                _unwritten[device.Key] = record;
                LogNotWritten(exception, device.Key);
            }
        }
    }

    // What an earlier interval could not write is part of this one, so that intervals still join without gaps.
    private DeviceTimeRecord Record(WorkerKey worker, DeviceInterval interval)
    {
        var record = new DeviceTimeRecord(time.GetUtcNow(), worker.ToGrainKey(), runtime.Session, interval.Number, interval.WallNanoseconds,
            interval.Bill, interval.Inference, interval.Training, interval.Idle);
        return _unwritten.TryGetValue(worker, out var earlier)
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

    [LoggerMessage(LogLevel.Warning, "The time of {Worker} could not be written; it is added to the next record.")]
    private partial void LogNotWritten(Exception exception, WorkerKey worker);
}
