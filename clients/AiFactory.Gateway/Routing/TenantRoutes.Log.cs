using Microsoft.Extensions.Logging;

namespace AiFactory.Gateway.Routing;

internal sealed partial class TenantRoutes
{
    [LoggerMessage(1, LogLevel.Information, "Routes of {Tenant}: version {Version}, {Endpoints} endpoints")]
    private static partial void LogRoutes(ILogger logger, string tenant, long version, int endpoints);

    [LoggerMessage(2, LogLevel.Warning, "Routes of {Tenant} cannot be followed at present, and are tried again: {Reason}")]
    private static partial void LogWatchFailed(ILogger logger, string tenant, string reason);
}
