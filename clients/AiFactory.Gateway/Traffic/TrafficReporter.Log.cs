using AiFactory.Domain.Endpoints;
using Microsoft.Extensions.Logging;

namespace AiFactory.Gateway.Traffic;

internal sealed partial class TrafficReporter
{
    [LoggerMessage(1, LogLevel.Warning, "A second's traffic of {Endpoint} could not be told, and is not told again: {Reason}")]
    private static partial void LogNotTold(ILogger logger, EndpointKey endpoint, string reason);
}
