using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Decisions;

/// <summary>Enters this process's log into the catalog, trying until it is in, and, in a client, says again and again where it is asked.</summary>
internal sealed partial class LogEnrolment(
    IGrainFactory grains, IDecisionLog log, LogOwner owner, IHostApplicationLifetime lifetime, IOptions<OwnLogOptions> options, TimeProvider time, ILogger<LogEnrolment> logger)
    : BackgroundService, IOwnLog
{
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDecisionLogObserver? _observer;

    public Task Entered => _entered.Task;

    private bool IsClient => options.Value.Kind == LogKind.Client;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            // Grains answer once the host has started.
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var onStarted = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stoppingToken);
            await Enrol(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task Enrol(CancellationToken stopping)
    {
        for (long? enteredAt = null; ;)
        {
            var pause = options.Value.RetryAfter;
            try
            {
                if (IsClient)
                    await Register().WaitAsync(stopping);
                if (enteredAt is not { } at || time.GetElapsedTime(at) >= options.Value.CatalogPeriod)
                {
                    await grains.GetGrain<ILogCatalogGrain>(ILogCatalogGrain.Key).Enter(log.Name, options.Value.Kind, log.Tail).WaitAsync(stopping);
                    enteredAt = time.GetTimestamp();
                    _entered.TrySetResult();
                }

                pause = IsClient ? options.Value.RegisterPeriod : options.Value.CatalogPeriod;
            }
            catch (Exception failure) when (!stopping.IsCancellationRequested)
            {
                LogNotEntered(log.Name, failure);
            }

            await Task.Delay(pause, time, stopping);
        }
    }

    private Task Register()
    {
        _observer ??= grains.CreateObjectReference<IDecisionLogObserver>(owner);
        return grains.GetGrain<IDecisionLogRelayGrain>(log.Name).Register(_observer);
    }

    [LoggerMessage(LogLevel.Warning, "The factory was not told of the decision log '{Log}'; tried again shortly.")]
    private partial void LogNotEntered(string log, Exception failure);
}
