using AiFactory.DecisionLog;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Shadows;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Workers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiFactory.Gateway.Shadows;

/// <summary>
/// Shows requests to an endpoint's shadows once they are answered. What a model answered is mirrored, fixed outputs are not, nor are requests whose caller
/// named the variant.
/// </summary>
internal sealed partial class ShadowMirror(
    IDecisionLog log, PowerOfTwoChoices choice, ShadowMeter meter, IOptions<GatewayOptions> options, TimeProvider time, ILogger<ShadowMirror> logger)
{
    private static readonly TimeSpan BetweenFailuresTold = TimeSpan.FromSeconds(10);

    public IDecisionLog Log => log;

    public PowerOfTwoChoices Choice => choice;

    public ShadowMeter Meter => meter;

    public GatewayOptions Options => options.Value;

    public TimeProvider Time => time;

    /// <summary>
    /// Copies what a request's shadows need, so that its rows may be given back: to be started when the answer is on its way, or forgotten. To be called for
    /// endpoints with shadows only.
    /// </summary>
    /// <returns>Null: nobody is to see it.</returns>
    public ShadowSending? Prepare(in Asked asked, in Decided decided)
    {
        if (asked.Kind == DecisionKind.Pinned || asked.Rows.Kind == DecisionKind.Default)
        {
            return null;
        }

        ShadowSending? first = null;
        foreach (var shadow in asked.Endpoint.Shadows!)
        {
            if (!shadow.Samples(asked.RequestId))
            {
                continue;
            }

            if (shadow.Tally.HasRoom(asked.Rows.Input.Length + asked.Rows.Output.Length, Options))
            {
                first = new(this, shadow, asked, decided, first);
            }
            else
            {
                var answering = asked.Variant;
                shadow.Tally.Add(answering.Route.Name, shadow.ComparisonWith(answering).Measure, ShadowFigures.None with { Dropped = 1 });
            }
        }

        return first;
    }

    /// <summary>Says why a shadow did not answer; of many failures in a row, some.</summary>
    public void TellFailure(in Asked asked, ServedShadow shadow, InferenceEnd end, Exception? failure)
    {
        if (shadow.Tally.TellsFailure(time.GetTimestamp(), (long)(BetweenFailuresTold.TotalSeconds * time.TimestampFrequency)))
        {
            LogFailure(logger, failure, shadow.Variant.Route.Name, shadow.Variant.ModelText, asked.Endpoint.Route.Endpoint, end);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Shadow {Shadow} ({Model}) of {Endpoint} did not answer a mirrored request: {End}")]
    private static partial void LogFailure(ILogger logger, Exception? failure, string shadow, string model, string endpoint, InferenceEnd end);
}
