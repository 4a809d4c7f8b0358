using AiFactory.Cli.Rendering;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AiFactory.Cli.Endpoints;

/// <summary>Endpoints and experiments as people see them.</summary>
internal static class EndpointViews
{
    private const double SampleRatioAlertP = 0.001;

    public static Rows Endpoint(Endpoint endpoint)
    {
        var variants = Tables.Create("Variant", "Model", ">Weight", ">Replicas");
        foreach (var variant in endpoint.Spec.Variants)
        {
            variants.AddTextRow(variant.Name, variant.Model.ToString(), Format.Invariant($"{variant.Weight:0.##} %"),
                endpoint.Active?.TryGetValue(variant.Name, out var active) is true ? Format.Count(active) : string.Empty);
        }

        var panel = Facts.Panel(
            $"Endpoint {endpoint.Name}",
            ("State", Format.Invariant($"{State(endpoint)}, revision {endpoint.Revision}, {Format.Time(endpoint.DeployedAt)}")),
            ("Key", endpoint.Spec.KeyField ?? "none: variants are drawn by request"),
            ("Economy", endpoint.Spec.Economy is { } economy ? Economy(economy) : "none stated"),
            ("Durability", endpoint.Spec.Durability.ToString()),
            ("Serving", ServingView.Describe(endpoint.Spec.Serving ?? ServingTerms.Default)));
        return endpoint.Spec.Shadows is { Count: > 0 } shadows ? new Rows(panel, variants, Shadows(shadows)) : new Rows(panel, variants);
    }

    public static Table List(IReadOnlyList<Endpoint> endpoints)
    {
        var table = Tables.Create("Endpoint", "State", ">Revision", "Variants", "Key");
        foreach (var endpoint in endpoints)
        {
            table.AddTextRow(
                endpoint.Name, State(endpoint), Format.Count(endpoint.Revision),
                string.Join(", ", endpoint.Spec.Variants.Select(variant => Format.Invariant($"{variant.Name}={variant.Model}:{variant.Weight:0.##}"))),
                endpoint.Spec.KeyField ?? string.Empty);
        }

        return table;
    }

    public static Table History(IReadOnlyList<EndpointRevision> history)
    {
        var table = Tables.Create(">Revision", "Deployed", "Variants");
        foreach (var revision in history)
        {
            table.AddTextRow(
                Format.Count(revision.Revision), Format.Time(revision.DeployedAt),
                string.Join(", ", revision.Spec.Variants.Select(variant => Format.Invariant($"{variant.Name}={variant.Model}:{variant.Weight:0.##}"))));
        }

        return table;
    }

    public static Rows Experiment(ExperimentReport report)
    {
        var variants = Tables.Create(
            "Variant", "Model", ">Exposures", ">Outcomes", ">Accuracy [95%]", ">USD a decision [95%]", ">Value, USD", ">Cost / 1,000, USD");
        foreach (var variant in report.Variants)
        {
            variants.AddTextRow(
                Format.Invariant($"{variant.Variant} ({variant.Weight:0.##} %)"), variant.Model, Format.Count(variant.Exposures), Format.Count(variant.Outcomes),
                Format.Interval(variant.Accuracy), Format.Interval(variant.ValueUsdPerDecision, "0.00"), Format.Cents(variant.ValueUsd),
                Format.SmallUsd(variant.CostPer1000DecisionsUsd));
        }

        List<IRenderable> parts = [variants];
        if (report.Differences.Count > 0)
        {
            parts.Add(Differences(report.Differences));
        }

        if (report.Economy is { } economy)
        {
            parts.Add(new Text($"Economy: {Economy(economy)}", new Style(Color.Grey)));
        }

        if (report.SampleRatioP is { } p)
        {
            parts.Add(p < SampleRatioAlertP
                ? new Markup(Format.Invariant($"[red]Sample-ratio mismatch: p = {p:0.0e+0}; do not trust the comparison.[/]"))
                : new Text(Format.Invariant($"Split as intended (chi-squared p = {p:0.000})."), new Style(Color.Grey)));
        }

        parts.AddRange(LogViews.Standings(report.Logs));
        return new Rows(parts);
    }

    public static string Economy(DecisionEconomy economy) => Format.Invariant(
        $"true positive {economy.TruePositiveUsd:+0.##;-0.##;0} USD, false positive {economy.FalsePositiveUsd:+0.##;-0.##;0}, true negative {economy.TrueNegativeUsd:+0.##;-0.##;0}, false negative {economy.FalseNegativeUsd:+0.##;-0.##;0}");

    private static Table Shadows(IReadOnlyList<ShadowSpec> shadows)
    {
        var table = Tables.Create("Shadow", "Model", ">Sees");
        foreach (var shadow in shadows)
        {
            table.AddTextRow(shadow.Name, shadow.Model.ToString(), ShadowViews.Percent(shadow.Percent));
        }

        return table;
    }

    private static string State(Endpoint endpoint) =>
        !endpoint.Deployed ? "undeployed" : endpoint.Suspended is { } reason ? $"stopped ({reason})" : "deployed";

    private static Table Differences(IReadOnlyList<VariantDifference> differences)
    {
        var table = Tables.Create("Difference", "Metric", ">At any time [95%]", ">p", ">At one fixed time [95%]", ">p", "Verdict");
        foreach (var difference in differences)
        {
            table.AddTextRow(
                $"{difference.Variant} - {difference.Baseline}",
                difference.Metric,
                Format.Interval(difference.AnyTime),
                difference.AnyTimeP is { } p ? Format.Invariant($"{p:0.000}") : string.Empty,
                Format.Interval(difference.Difference),
                Format.Invariant($"{difference.P:0.000}"),
                difference.Better is { } better ? $"{better} is better" : "not told apart yet");
        }

        return table;
    }
}
