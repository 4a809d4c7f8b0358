using AiFactory.Cli.Rendering;
using AiFactory.Domain.Ensembles;
using Spectre.Console;

namespace AiFactory.Cli.Models;

/// <summary>Ensembles as people see them.</summary>
internal static class EnsembleViews
{
    /// <summary>The graph, a line a step: what it takes and what it makes.</summary>
    public static Table Graph(EnsembleSpec ensemble)
    {
        var table = Tables.Create("Step", "Is", "Takes", "Makes");
        foreach (var step in ensemble.Steps)
        {
            table.AddTextRow(step.Name, Is(step), Tensors(step.Inputs), Tensors(step.Outputs));
        }

        return table;
    }

    /// <summary>A step in one line.</summary>
    public static string Step(EnsembleStep step) => $"{step.Name}: {Is(step)}, {Tensors(step.Inputs)} -> {Tensors(step.Outputs)}";

    private static string Is(EnsembleStep step) => step.Model is { } model ? $"{model}, sha256 {Format.Digest(step.Sha256 ?? "")}" : $"built-in {step.BuiltIn}";

    private static string Tensors(IReadOnlyDictionary<string, string> tensors) =>
        string.Join(", ", tensors.Select(pair => pair.Key == pair.Value ? pair.Key : $"{pair.Value} ({pair.Key})"));
}
