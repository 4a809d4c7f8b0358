using System.Diagnostics;
using System.Runtime.InteropServices;
using AiFactory.Hosting.Options;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiFactory.Hosting.Stopping;

/// <summary>
/// Ends a process that was asked to stop and does not: at the second signal at once, else some seconds after <see cref="FactoryOptions.StopTimeout"/>. What was
/// acknowledged survives that, as it does any other death.
/// </summary>
internal sealed partial class LastResort(FactoryOptions options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<LastResort> logger) : IHostedService
{
    private static readonly TimeSpan Beyond = TimeSpan.FromSeconds(5);

    // Held for as long as the process lasts: it may hang after its services have stopped, too.
    private static readonly List<IDisposable> Watching = [];

    private int _signals;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Watching.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Heard));
        Watching.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Heard));
        lifetime.ApplicationStopping.Register(() => Watching.Add(time.CreateTimer(_ => Die("It did not stop in time."), null, options.StopTimeout + Beyond, Timeout.InfiniteTimeSpan)));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Heard(PosixSignalContext signal)
    {
        if (Interlocked.Increment(ref _signals) > 1)
        {
            Die("It was asked to stop a second time.");
        }
    }

    private void Die(string why)
    {
        LogKilled(why);
        Process.GetCurrentProcess().Kill();
    }

    [LoggerMessage(LogLevel.Critical, "This process ends itself. {Why}")]
    private partial void LogKilled(string why);
}

internal static class LastResortServices
{
    public static IServiceCollection AddLastResort(this IServiceCollection services) => services.AddHostedService<LastResort>();
}
