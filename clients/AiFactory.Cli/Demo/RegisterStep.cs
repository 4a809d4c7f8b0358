using AiFactory.Cli.Models;
using AiFactory.Cli.Rendering;
using AiFactory.Domain.Models;

namespace AiFactory.Cli.Demo;

/// <summary>Shows the two model versions and what their quality gate found.</summary>
internal sealed class RegisterStep : IDemoStep
{
    public string Name => "register";

    public string Title => "Register: model versions behind a gate";

    public IReadOnlyList<string> ByHand => ["factory model list", "factory model show churn-mlp", "factory model export churn-trees"];

    public async Task Run(DemoContext demo)
    {
        var models = new List<ModelVersion>();
        foreach (var run in demo.Runs)
        {
            var key = run.ModelVersion!.Value;
            models.Add(await demo.Client.Models.GetVersion(key.Model, key.Version, demo.Cancellation));
        }

        demo.Models = models;
        foreach (var model in models)
        {
            demo.Console.Write(Facts.Panel(
                Format.Invariant($"{model.Model}@{model.Version}"),
                ("Artefact", $"ONNX with its preprocessing, {Format.Bytes(model.ArtifactBytes)}, sha256 {model.ArtifactSha256}"),
                ("Signature", Format.Invariant($"{model.Signature.Inputs.Count} inputs, {string.Join(", ", model.Signature.Outputs.Select(output => output.Name))} out")),
                ("Origin", $"training run {model.Origin.TrainingRunId}, dataset {model.Origin.Dataset}, code {model.Origin.CodeVersion}"),
                ("Parameters", string.Join(", ", model.Parameters.Select(pair => $"{pair.Key}={pair.Value}")))));
            demo.Console.Write(ModelViews.Gate(model.QualityGate));
            demo.Check(model.QualityGate.Passed, $"{model.Model} passed its gate");
        }
    }
}
