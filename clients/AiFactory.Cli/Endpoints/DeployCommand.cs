using System.CommandLine;
using AiFactory.Cli.CommandLine;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Tenants;

namespace AiFactory.Cli.Endpoints;

/// <summary><c>factory endpoint deploy NAME --variant a=MODEL@VERSION:50 --variant b=...</c></summary>
internal static class DeployCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "Endpoint, new or not" };
        var variants = new Option<string[]>("--variant")
        {
            HelpName = "NAME=MODEL@VERSION:WEIGHT",
            Required = true,
            Description = "One of the alternatives to decide with; weights in percent",
        };
        var shadows = new Option<string[]>("--shadow")
        {
            HelpName = "NAME=MODEL@VERSION[:PERCENT]",
            Description = "A model shown that share of the requests once they are answered; its answers are recorded, compared and metered, and given to nobody",
        };
        var key = new Option<string?>("--key") { HelpName = "FIELD", Description = "Request field that names the unit of assignment; a unit always gets the same variant" };
        var economy = new Option<string?>("--economy") { HelpName = "TP,FP,TN,FN", Description = "What right and wrong decisions are worth, in USD" };
        var durability = new Option<Durability>("--durability")
        {
            HelpName = "pageCache|fsync",
            Description = "When a decision counts as kept",
            DefaultValueFactory = _ => Durability.PageCache,
        };
        var serving = new ServingOptions();
        var command = new Command("deploy", "Put models in service as variants of an endpoint") { name, variants, shadows, key, economy, durability };
        serving.AddTo(command);
        return command.Does(async run =>
        {
            var parsed = (run.Value(variants) ?? []).Select(VariantArgument.Parse).ToArray();
            var shown = (run.Value(shadows) ?? []).Select(ShadowArgument.Parse).ToArray();
            var worth = run.Value(economy) is { } text ? EconomyArgument.Parse(text) : null;
            var spec = new EndpointSpec(await Variants(run, parsed), run.Value(key), worth, run.Value(durability), serving.Read(run), await Shadows(run, shown));
            return run.Show(await run.Client.Endpoints.Deploy(run.Value(name), spec, run.Cancellation), EndpointViews.Endpoint);
        });
    }

    private static async Task<IReadOnlyList<VariantSpec>> Variants(CommandRun run, VariantArgument[] variants)
    {
        var weights = VariantArgument.Weights(variants);
        var specs = new List<VariantSpec>();
        foreach (var (variant, weight) in variants.Zip(weights))
        {
            specs.Add(new VariantSpec(variant.Name, await Version(run, variant.Model), weight));
        }

        return specs;
    }

    private static async Task<IReadOnlyList<ShadowSpec>?> Shadows(CommandRun run, ShadowArgument[] shadows)
    {
        var specs = new List<ShadowSpec>();
        foreach (var shadow in shadows)
        {
            specs.Add(new ShadowSpec(shadow.Name, await Version(run, shadow.Model), shadow.Percent));
        }

        return specs.Count == 0 ? null : specs;
    }

    private static async Task<ModelVersionKey> Version(CommandRun run, NamedVersion model) =>
        new(Tenant.Default, model.Name, model.Version ?? (await run.Client.Models.GetVersion(model.Name, cancellation: run.Cancellation)).Version);
}
