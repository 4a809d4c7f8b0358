using System.Text.Json;
using AiFactory.Domain.Models;

namespace AiFactory.Domain.Ensembles;

/// <summary>
/// Models and built-in steps that answer together, as one model: steps are nodes, named tensors are edges. Its JSON is the artefact of a model version of
/// kind <see cref="EnsembleRules.Kind"/>.
/// </summary>
/// <param name="Inputs">What a request brings, without the batch axis.</param>
/// <param name="Steps">In any order; they run in the order that their tensors demand.</param>
/// <param name="Outputs">Names of the tensors that the answer holds.</param>
/// <param name="Classes">Set for an ensemble that chooses between two classes; null: it gives plain tensors.</param>
public sealed record EnsembleSpec(
    IReadOnlyList<TensorSpec> Inputs,
    IReadOnlyList<EnsembleStep> Steps,
    IReadOnlyList<string> Outputs,
    BinaryClasses? Classes = null)
{
    /// <summary>The models among the steps as they are written, each once, in step order.</summary>
    public IReadOnlyList<string> Members() => [.. Steps.Select(step => step.Model).OfType<string>().Distinct()];
}

/// <summary>One step: a model version or a built-in, never both.</summary>
/// <param name="Inputs">For each input of the step the name of the tensor that it takes.</param>
/// <param name="Outputs">For each output that others are to use the name its tensor has in the ensemble; outputs not named here are dropped.</param>
/// <param name="Model"><c>name@version</c>, or <c>name</c> for the newest version at registration.</param>
/// <param name="BuiltIn">Name of a built-in step, e.g. <c>softmax</c>.</param>
/// <param name="Parameters">Of a built-in step; null: none.</param>
/// <param name="Sha256">Digest of the model's artefact, set at registration.</param>
public sealed record EnsembleStep(
    string Name,
    IReadOnlyDictionary<string, string> Inputs,
    IReadOnlyDictionary<string, string> Outputs,
    string? Model = null,
    string? BuiltIn = null,
    IReadOnlyDictionary<string, JsonElement>? Parameters = null,
    string? Sha256 = null);
