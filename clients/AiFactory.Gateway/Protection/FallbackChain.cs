using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Gateway.Decisions;
using AiFactory.Gateway.Routing;

namespace AiFactory.Gateway.Protection;

/// <summary>Answers a request that its variant could not, by the first of the endpoint's fallbacks that can.</summary>
internal sealed class FallbackChain(VariantCall calls, GivenAnswers given)
{
    /// <param name="refused">Why the assigned variant did not answer.</param>
    /// <returns>The same refusal when no fallback can; null: the rows hold an answer, and where it is from.</returns>
    /// <exception cref="OperationCanceledException">The caller went away.</exception>
    public async ValueTask<Refused?> Answer(Asked asked, Refused refused)
    {
        var (rows, shield) = (asked.Rows, asked.Endpoint.Shield);
        var late = refused.Why == shield.DeadlineExceeded;
        foreach (var step in shield.Fallbacks)
        {
            var answered = step.Kind switch
            {
                FallbackKind.Variant => !late && Find(asked, step.Variant!) is { } other && await TryAsk(asked, other),
                FallbackKind.Cached => given.TryRepeat(asked, anyAge: true),
                _ => given.TryGiveFixed(asked),
            };
            if (answered)
            {
                rows.FellBack = true;
                return null;
            }
        }

        return refused;
    }

    private static ServedVariant? Find(in Asked asked, string variant)
    {
        var wanted = asked.Wanted;
        return Array.Find(asked.Endpoint.Variants, other => other.Route.Name == variant && other != wanted);
    }

    private async ValueTask<bool> TryAsk(Asked asked, ServedVariant other)
    {
        if (await calls.Ask(asked.Endpoint, other, asked.Rows) is not null)
        {
            return false;
        }

        (asked.Rows.Kind, asked.Rows.AnsweredBy) = (DecisionKind.Fallback, other);
        return true;
    }
}
