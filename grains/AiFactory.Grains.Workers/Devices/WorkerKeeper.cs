using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Devices;
using AiFactory.Grains.Decisions;
using AiFactory.Grains.Finance;
using AiFactory.Grains.Workers.Training;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>
/// Looks after this silo's workers, at start, every few seconds and when something changes: reads the instruments, keeps the claims, opens devices that may
/// be used and closes those that may not, and tells the worker pool how they are.
/// </summary>
internal sealed partial class WorkerKeeper : BackgroundService, IHostedLifecycleService
{
    private const string Pool = "default";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly WorkerRuntime _runtime;
    private readonly DeviceTimeReporter _reporter;
    private readonly PinnedModels _pinned;
    private readonly ShardHost _shards;
    private readonly IGrainFactory _grains;
    private readonly ILocalSiloDetails _silo;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly WorkerOptions _options;
    private readonly DeviceWatch _watch;
    private readonly ClaimKeeper _claims;
    private readonly TimeProvider _time;
    private readonly ILogger<WorkerKeeper> _logger;
    private readonly IOwnLog? _own;
    private readonly WorkerCare[] _cared;
    private readonly SemaphoreSlim _caring = new(1, 1);
    private bool _heard;
    private bool _priced;
    private bool _leaving;

    public WorkerKeeper(
        WorkerRuntime runtime, DeviceTimeReporter reporter, PinnedModels pinned, ShardHost shards, IGrainFactory grains, ILocalSiloDetails silo, IHostApplicationLifetime lifetime,
        IOptions<WorkerOptions> options, IEnumerable<IDeviceSensor> sensors, TimeProvider time, ILogger<WorkerKeeper> logger,
        IOwnLog? own = null)
    {
        (_runtime, _reporter, _pinned, _shards, _grains, _silo, _lifetime) = (runtime, reporter, pinned, shards, grains, silo, lifetime);
        (_options, _time, _logger) = (options.Value, time, logger);
        (_watch, _claims) = (new(sensors.LastOrDefault(), time, Patience, logger), new(time, Patience, logger));
        _own = own;
        _cared = [.. runtime.Workers.Select(worker => new WorkerCare(worker,
            DeviceIdentity.IsShared(worker.Described) ? new DeviceLease(worker, grains, silo.SiloAddress.ToParsableString(), time) : null))];
    }

    /// <summary>What the instruments of a worker's device last said.</summary>
    public DeviceReading? Reading(WorkerKey worker) => Array.Find(_cared, care => care.Worker.Key == worker)?.Reading;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before anything stops, devices that others can reach are closed and released, so that another silo may have them at once.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            // The host has no time: claims run out by themselves.
            return;
        }

        await _caring.WaitAsync(cancellationToken);
        try
        {
            _leaving = true;
            foreach (var care in _cared.Where(care => care.Lease is { Token: not 0 }))
            {
                await Close(care, new Refusal("worker-stopping", RefusalKind.Unavailable, "The worker is stopping.", care.Worker.Key.ToGrainKey(), "Send again; another worker will answer."));
                await _claims.Release(care);
            }
        }
        finally
        {
            _caring.Release();
        }
    }

    public override void Dispose()
    {
        _caring.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // The silo takes calls once the host has started.
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var onStarted = _lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stoppingToken);

            // Nobody is to use a device whose time is recorded where the factory does not look.
            if (_own is not null)
            {
                await _own.Entered.WaitAsync(stoppingToken);
            }

            using var timer = new PeriodicTimer(_options.HeartbeatPeriod, _time);
            do
            {
                await CareOnce(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task CareOnce(CancellationToken stoppingToken)
    {
        await _caring.WaitAsync(stoppingToken);
        try
        {
            if (_leaving)
            {
                return;
            }

            if (!_heard)
            {
                // What an operator ordered before this start stands: nothing is claimed against it.
                Take(await Report());
                _heard = true;
            }

            await Register();
            await Task.WhenAll(_cared.Select(_watch.Look));
            await Task.WhenAll(_cared.Where(care => care.Lease is not null).Select(care => _claims.Keep(care, IsBusy(care))));
            await Task.WhenAll(_cared.Select(Settle));
            if (Take(await Report()))
            {
                // Its first word on new orders is that they are followed.
                await Task.WhenAll(_cared.Select(Settle));
                await Report();
            }
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            LogUnheard(exception);
        }
        finally
        {
            _caring.Release();
        }
    }

    // Rates that contradict what records already name would make two prices of one version.
    private async Task Register()
    {
        if (_priced)
        {
            return;
        }

        try
        {
            await _grains.GetGrain<IPriceBookGrain>(IPriceBookGrain.Key).Register(_options.PriceBook).WaitAsync(Patience, _time);
            _priced = true;
            Array.ForEach(_cared, care => care.Fault = null);
        }
        catch (RefusedException refused)
        {
            LogPrices(refused);
            Array.ForEach(_cared, care => care.Fault = refused.Refusal);
        }
        catch (Exception exception)
        {
            // Asked again with the next round; devices go on meanwhile.
            LogUnheard(exception);
        }
    }

    private async Task Settle(WorkerCare care)
    {
        var judged = care.Judge(IsBusy(care));
        if (judged.Open == care.Worker.Opened is not null)
        {
            return;
        }

        if (!judged.Open)
        {
            LogClosed(care.Worker.Key, judged.Reason!);
            await Close(care, judged.Reason!);
            await _claims.Release(care);
            return;
        }

        try
        {
            _pinned.Opened(_runtime.Open(care.Worker, _claims.UsableUntil(care)));
            LogOpened(care.Worker.Key);
        }
        catch (RefusedException refused)
        {
            care.Fault = refused.Refusal;
            care.Worker.Close(refused.Refusal);
        }
    }

    private Task Close(WorkerCare care, Refusal reason) => _reporter.Close(care.Worker, reason);

    private bool IsBusy(WorkerCare care) => care.Worker.Opened is { } device && (device.Executor.WaitingRows > 0 || _shards.Runs(care.Worker.Key).Count > 0);

    private async Task<PoolAnswer> Report() => await _grains.GetGrain<IWorkerPoolGrain>(Pool).Report(new WorkersReport(
        _silo.Name, _silo.SiloAddress.ToParsableString(), ProductVersion.Text, [.. _cared.Select(Report)])).WaitAsync(Patience, _time);

    private WorkerReport Report(WorkerCare care)
    {
        var described = care.Worker.Described;
        var (open, standing, reason) = care.Judge(IsBusy(care));
        return new(described, open && care.Worker.Opened is null ? WorkerStanding.Refused : standing, open && care.Worker.Opened is not null ? null : reason ?? care.Worker.Closed,
            care.Lease?.Token ?? 0, _options.ModelBytesMax(described), _options.PriceBook.RateOf(described).Value?.UsdPerHour ?? 0, _options.PriceBook.Version, care.Reading);
    }

    private bool Take(PoolAnswer answer)
    {
        var changed = false;
        foreach (var care in _cared)
        {
            var order = answer.Orders.GetValueOrDefault(care.Worker.Described.Name);
            changed |= order != care.Order;
            care.Order = order;
        }

        return changed;
    }
}
