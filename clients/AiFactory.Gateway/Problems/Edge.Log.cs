using Microsoft.Extensions.Logging;

namespace AiFactory.Gateway.Problems;

internal sealed partial class Edge
{
    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed (trace {TraceId})")]
    private static partial void LogFault(ILogger logger, Exception failure, string method, string path, string traceId);

    [LoggerMessage(2, LogLevel.Warning, "{Method} {Path} answered 503: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string method, string path, string reason);
}
