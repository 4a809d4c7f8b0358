using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Cli.Rendering;
using AiFactory.Domain.Tenants;
using Spectre.Console;

namespace AiFactory.Cli.Tenants;

/// <summary><c>factory tenant limits show|set</c></summary>
internal static class LimitsCommand
{
    public static Command Create() => new("limits", "How many requests the tenant may send to each gateway")
    {
        new Command("show", "Show the tenant's limits").Does(async run => run.Show(await run.Client.Tenants.Limits(run.Cancellation), View)),
        Set(),
    };

    private static Command Set()
    {
        var rate = new Option<double?>("--requests-per-second") { HelpName = "N", Description = "Decision and inference requests a second, on average" };
        var burst = new Option<int?>("--burst") { HelpName = "N", Description = "Requests that may come at once; without it, those of one second" };
        var concurrency = new Option<int?>("--concurrency") { HelpName = "N", Description = "Requests at work at a time" };
        return new Command("set", "Replace the tenant's limits; without an option there is no such limit") { rate, burst, concurrency }.Does(async run =>
        {
            var limits = new TenantLimits(run.Value(rate), run.Value(burst), run.Value(concurrency));
            return run.Show(await run.Client.Tenants.SetLimits(limits, run.Cancellation), View);
        });
    }

    private static Panel View(TenantLimits limits) => Facts.Panel(
        "Limits of the tenant, at each gateway",
        ("Requests a second", limits.RequestsPerSecond is { } rate ? Format.Invariant($"{rate:0.###}") : "any"),
        ("Burst", limits.RequestsPerSecond is null ? "any" : limits.Burst is { } burst ? Format.Count(burst) : "one second's requests"),
        ("At a time", limits.Concurrency is { } concurrency ? Format.Count(concurrency) : "any"));
}
