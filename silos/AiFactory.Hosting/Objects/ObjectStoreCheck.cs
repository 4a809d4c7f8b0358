using AiFactory.Domain.Refusals;
using AiFactory.Lakehouse.Objects;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AiFactory.Hosting.Objects;

/// <summary>Looks at the start whether the object store can be used. One that is wrong stops the start; one that does not answer may come back.</summary>
internal sealed partial class ObjectStoreCheck(IObjectStore objects, ILogger<ObjectStoreCheck> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await objects.Check(cancellationToken);
        }
        catch (RefusedException away) when (away.Refusal.Kind == RefusalKind.Unavailable)
        {
            Away(logger, objects.Place, away);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1, LogLevel.Error, "The object store {Place} does not answer; what needs it fails until it does")]
    private static partial void Away(ILogger logger, string place, Exception reason);
}
