using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Rollouts;
using Microsoft.Extensions.Logging;

namespace AiFactory.Grains.Rollouts;

internal sealed partial class RolloutGrain
{
    [LoggerMessage(LogLevel.Information, "Rollout on {Endpoint}: {Candidate} is {Status} with {Share} % of its baseline's units. {Reason}")]
    private partial void LogMoved(EndpointKey endpoint, string candidate, RolloutStatus status, double share, string reason);

    [LoggerMessage(LogLevel.Warning, "The rollout on {Endpoint} could not be judged or moved; tried again shortly.")]
    private partial void LogNotJudged(EndpointKey endpoint, Exception failure);
}
