using AiFactory.Cli.Decisions;
using AiFactory.Domain.Decisions;

namespace AiFactory.Cli.Demo;

/// <summary>Explains one decision, from its answer back to the source file.</summary>
internal sealed class ExplainStep : IDemoStep
{
    private const string Leaves = "yes";

    public string Name => "explain";

    public string Title => "Explain: the chain behind one decision";

    public IReadOnlyList<string> ByHand => ["factory decision explain ID"];

    public async Task Run(DemoContext demo)
    {
        var explanation = await demo.Client.Decisions.Explain(Interesting(demo).DecisionId, demo.Cancellation);
        demo.Console.Write(DecisionViews.Explanation(explanation));
        demo.Check(
            explanation is { ModelVersion: not null, TrainingRun: not null, Outcome: not null } && explanation.DatasetVersion?.Source.Sha256 == demo.Dataset!.Source.Sha256,
            "the chain reaches from the decision and its outcome to the source file's SHA-256");
    }

    /// <summary>A customer who was predicted to leave and did, else the first.</summary>
    private static DecisionResponse Interesting(DemoContext demo)
    {
        var label = demo.HeldOut!.Position(RawFile.LabelColumn);
        return demo.Decisions.Where((decision, row) => decision.Prediction == Leaves && demo.HeldOut.Rows[row][label] == Leaves).FirstOrDefault() ?? demo.Decisions[0];
    }
}
