using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiFactory.Hosting.Cluster;

/// <summary>Keeps this process's name in the cluster, and stops the process when another one took it while the database was away.</summary>
internal sealed partial class SiloNameWatch(SiloSeat seat, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<SiloNameWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    if (!await seat.Keep(stoppingToken))
                    {
                        LogTaken();
                        lifetime.StopApplication();
                        return;
                    }
                }
                catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
                {
                    LogAway(exception.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    [LoggerMessage(LogLevel.Critical, "Another process took this silo's name while the cluster's database was away; this one stops.")]
    private partial void LogTaken();

    [LoggerMessage(LogLevel.Warning, "The cluster's database is out of reach: {Reason}")]
    private partial void LogAway(string reason);
}
