using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Domain.Models;
using AiFactory.Domain.Rollouts;
using AiFactory.Domain.Tenants;

namespace AiFactory.Cli.Rollouts;

/// <summary><c>factory rollout start|show|abort|promote</c></summary>
internal static class RolloutCommand
{
    public static Command Create() => new("rollout", "Rollouts: a candidate takes over step by step while it is no worse") { Start(), Show(), Abort(), Promote() };

    private static Command Start()
    {
        var endpoint = EndpointName();
        var candidate = new Option<string>("--candidate") { HelpName = "MODEL@VERSION", Required = true, Description = "Model version that shall take over" };
        var name = new Option<string?>("--as") { HelpName = "NAME", Description = "Name of the candidate's variant" };
        var baseline = new Option<string?>("--baseline") { HelpName = "VARIANT", Description = "Variant whose units it takes over; needed where several have units" };
        var steps = new Option<string?>("--steps") { HelpName = "1,5,25,50,100", Description = "Shares of the baseline's units, in percent" };
        var seconds = new Option<double>("--step-seconds") { HelpName = "S", Description = "Least time at a step", DefaultValueFactory = _ => new RolloutSpec(default).StepSeconds };
        var requests = new Option<long>("--step-requests") { HelpName = "N", Description = "Least requests of each side at a step", DefaultValueFactory = _ => new RolloutSpec(default).StepRequests };
        var guards = new Option<string[]>("--guard")
        {
            HelpName = "METRIC[=TOLERANCE]",
            Description = "error-rate, latency, outcome:accuracy or outcome:value; by how much the candidate may be worse (of latency, a share of the baseline's)",
        };
        var alpha = new Option<double>("--alpha") { HelpName = "P", Description = "Most probability of rolling back a candidate that is no worse", DefaultValueFactory = _ => new RolloutSpec(default).Alpha };
        return new Command("start", "Roll a model version out") { endpoint, candidate, name, baseline, steps, seconds, requests, guards, alpha }.Does(async run =>
        {
            var model = NamedVersion.Parse(run.Value(candidate)!);
            var version = model.Version ?? (await run.Client.Models.GetVersion(model.Name, cancellation: run.Cancellation)).Version;
            var spec = new RolloutSpec(
                new ModelVersionKey(Tenant.Default, model.Name, version), run.Value(name), run.Value(baseline), RolloutArguments.Steps(run.Value(steps)), run.Value(seconds),
                run.Value(requests), [.. (run.Value(guards) ?? []).Select(RolloutArguments.Guard)], run.Value(alpha));
            return run.Show(await run.Client.Rollouts.Start(run.Value(endpoint), spec, run.Cancellation), RolloutViews.Rollout);
        });
    }

    private static Command Show()
    {
        var endpoint = EndpointName();
        return new Command("show", "Show the present rollout or the last, and what its guards find") { endpoint }.Does(async run =>
            run.Show(await run.Client.Rollouts.Get(run.Value(endpoint), run.Cancellation), RolloutViews.Rollout));
    }

    private static Command Abort()
    {
        var endpoint = EndpointName();
        var reason = new Option<string?>("--reason") { HelpName = "TEXT", Description = "Why" };
        return new Command("abort", "Give all units back to the baseline") { endpoint, reason }.Does(async run =>
            run.Show(await run.Client.Rollouts.Abort(run.Value(endpoint), run.Value(reason), run.Cancellation), RolloutViews.Rollout));
    }

    private static Command Promote()
    {
        var endpoint = EndpointName();
        return new Command("promote", "Give all units to the candidate, whatever the guards find") { endpoint }.Does(async run =>
            run.Show(await run.Client.Rollouts.Promote(run.Value(endpoint), run.Cancellation), RolloutViews.Rollout));
    }

    private static Argument<string> EndpointName() => new("ENDPOINT") { Description = "Endpoint" };
}
