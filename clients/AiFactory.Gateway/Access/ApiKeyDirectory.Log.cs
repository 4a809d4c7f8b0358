using Microsoft.Extensions.Logging;

namespace AiFactory.Gateway.Access;

internal sealed partial class ApiKeyDirectory
{
    [LoggerMessage(1, LogLevel.Warning, "API keys could not be read, and are tried again: {Reason}")]
    private static partial void LogRefreshFailed(ILogger logger, string reason);
}
