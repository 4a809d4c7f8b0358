using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.PendingWork;

internal sealed partial class PendingWorkGrain
{
    [LoggerMessage(LogLevel.Warning, "Pending {Kind} {GrainKey} could not be woken; the next sweep tries again.")]
    private partial void LogNotWoken(Exception exception, PendingKind kind, string grainKey);
}
