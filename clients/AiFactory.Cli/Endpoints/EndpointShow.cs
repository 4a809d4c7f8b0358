using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Rollouts;
using AiFactory.Domain.Traffic;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AiFactory.Cli.Endpoints;

/// <summary><c>factory endpoint show|traffic|shadow NAME</c>: an endpoint as it stands, and what goes on there.</summary>
internal static class EndpointShow
{
    public static Command Show()
    {
        var name = EndpointName();
        return new Command("show", "Show an endpoint: variants with weights and breakers, shadows, rollout, key, economy") { name }.Does(async run =>
        {
            var (endpoint, traffic) = (await run.Client.Endpoints.Get(run.Value(name), run.Cancellation), await run.Client.Endpoints.Traffic(run.Value(name), run.Cancellation));
            var rollout = await Rollout(run, run.Value(name));
            return run.Show(endpoint, shown => View(shown, traffic, rollout));
        });
    }

    public static Command Traffic()
    {
        var name = EndpointName();
        return new Command("traffic", "Show what an endpoint's variants were asked over the last 30 s: rate, latency, errors, cache hits, breakers") { name }.Does(async run =>
            run.Show(await run.Client.Endpoints.Traffic(run.Value(name), run.Cancellation), TrafficViews.Traffic));
    }

    public static Command Shadow()
    {
        var name = EndpointName();
        return new Command("shadow", "Show how an endpoint's shadows compare with the answers it gave") { name }.Does(async run =>
            run.Show(await run.Client.Endpoints.Shadows(run.Value(name), run.Cancellation), ShadowViews.Report));
    }

    private static async Task<Rollout?> Rollout(CommandRun run, string name)
    {
        try
        {
            return await run.Client.Rollouts.Get(name, run.Cancellation);
        }
        catch (RefusedException refused) when (refused.Refusal.Kind == RefusalKind.NotFound)
        {
            return null;
        }
    }

    private static Rows View(Endpoint endpoint, EndpointTraffic traffic, Rollout? rollout)
    {
        List<IRenderable> parts = [EndpointViews.Endpoint(endpoint)];
        if (traffic.Variants.Count > 0)
        {
            parts.Add(TrafficViews.Traffic(traffic));
        }

        if (rollout is not null)
        {
            parts.Add(new Text(Format.Invariant(
                $"Rollout of {rollout.Candidate} ({rollout.Spec.Candidate}) in place of {rollout.Baseline}: {rollout.Status}, {rollout.Share:0.##} % of its units{(rollout.Reason is { } reason ? $". {reason}" : "")}")));
        }

        return new Rows(parts);
    }

    private static Argument<string> EndpointName() => new("NAME") { Description = "Endpoint" };
}
