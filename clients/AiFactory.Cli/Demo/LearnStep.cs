using AiFactory.Cli.Decisions;
using AiFactory.Cli.Endpoints;
using AiFactory.Cli.Rendering;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Experiments;

namespace AiFactory.Cli.Demo;

/// <summary>Reports what the customers did, and shows how the variants compare.</summary>
internal sealed class LearnStep : IDemoStep
{
    private const int ReportsPerRequest = 250;

    public string Name => "learn";

    public string Title => "Learn: outcomes and the experiment";

    public IReadOnlyList<string> ByHand =>
    [
        "factory outcome report churn --file holdout.csv --label churn --key customer_id --decisions decisions.csv",
        "factory experiment show churn",
    ];

    public async Task Run(DemoContext demo)
    {
        var heldOut = demo.HeldOut!;
        var label = heldOut.Position(RawFile.LabelColumn);
        var reports = demo.Decisions.Select((decision, row) => new OutcomeReport(decision.DecisionId, heldOut.Rows[row][label])).ToArray();
        await DecisionFile.Write(Path.Combine(demo.Folder, "decisions.csv"), demo.Decisions, demo.Cancellation);
        var accepted = 0;
        foreach (var chunk in reports.Chunk(ReportsPerRequest))
        {
            accepted += (await demo.Client.Decisions.Report(DemoContext.Churn, chunk, demo.Cancellation)).Accepted;
        }

        demo.Report.Outcomes = accepted;
        demo.Check(accepted == reports.Length, Format.Invariant($"all {reports.Length} outcomes are taken"));
        var repeated = await demo.Client.Decisions.Report(DemoContext.Churn, reports[..1], demo.Cancellation);
        demo.Check(repeated is { Accepted: 0, Repeated: 1 }, "an outcome reported twice counts once");

        var report = await demo.Settled(
            () => demo.Client.Endpoints.Experiment(DemoContext.Churn, demo.Cancellation), report => Outcomes(report) >= demo.OutcomesBefore + accepted);
        demo.Console.Write(EndpointViews.Experiment(report));
        demo.Check(Outcomes(report) == demo.OutcomesBefore + accepted, "the experiment counts every outcome once");
        foreach (var variant in report.Variants)
        {
            demo.Report.CostPer1000DecisionsUsd[variant.Variant] = variant.CostPer1000DecisionsUsd;
        }
    }

    private static long Outcomes(ExperimentReport report) => report.Variants.Sum(variant => variant.Outcomes);
}
