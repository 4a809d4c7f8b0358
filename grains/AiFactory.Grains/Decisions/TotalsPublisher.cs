using AiFactory.DecisionLog;
using AiFactory.Projections.Totals;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Decisions;

/// <summary>
/// Publishes the totals of this process's log every few seconds, and when it stops: then all of them. To be registered before whatever appends to the log, so that it
/// stops after that.
/// </summary>
internal sealed partial class TotalsPublisher(
    IDecisionLog log, ILogTotals totals, PublishedTotals published, IOptions<OwnLogOptions> options, TimeProvider time, ILogger<TotalsPublisher> logger)
    : BackgroundService
{
    private const int ShareOfTime = 20;

    private readonly TotalsPublication _publication = new(log, totals, published);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await totals.CatchUp(cancellationToken);
            await _publication.Publish(cancellationToken);
        }
        catch (Exception failure)
        {
            // What was published before goes on counting; the log has the rest.
            LogNotPublished(log.Name, failure);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var began = time.GetTimestamp();
                await Publish(stoppingToken);
                var least = time.GetElapsedTime(began) * ShareOfTime;
                await Task.Delay(least > options.Value.PublishPeriod ? least : options.Value.PublishPeriod, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The last totals are published by StopAsync.
        }
    }

    private async Task Publish(CancellationToken stopping)
    {
        try
        {
            await _publication.Publish(stopping);
        }
        catch (Exception failure) when (!stopping.IsCancellationRequested)
        {
            LogNotPublished(log.Name, failure);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The totals of the decision log '{Log}' could not be published; tried again shortly.")]
    private partial void LogNotPublished(string log, Exception failure);
}
