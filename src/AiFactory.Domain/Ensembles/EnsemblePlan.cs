using AiFactory.Domain.Ensembles.BuiltIns;
using AiFactory.Domain.Models;

namespace AiFactory.Domain.Ensembles;

/// <summary>A tensor on its way between steps.</summary>
/// <param name="Row">Shape and type of one row.</param>
/// <param name="Fan">
/// Name of the step that makes any number of rows out of each row of a request, such as the boxes of a page; null: one row for each row of a request.
/// </param>
public sealed record EnsembleTensor(string Name, TensorSpec Row, string? Fan = null);

/// <summary>A step as it runs.</summary>
/// <param name="BuiltIn">Null for a model.</param>
/// <param name="Inputs">Tensors taken, in the order of the model's or built-in's own inputs.</param>
/// <param name="Outputs">Tensors made, in the order of its own outputs; null where nobody uses one.</param>
/// <param name="OutputSpecs">
/// Of all its outputs, also those that nobody uses; without the first axis of a model that has no batch axis and is given rows without one.
/// </param>
public sealed record PlannedStep(
    EnsembleStep Step,
    BuiltInStep? BuiltIn,
    IReadOnlyList<EnsembleTensor> Inputs,
    IReadOnlyList<EnsembleTensor?> Outputs,
    IReadOnlyList<TensorSpec> OutputSpecs);

/// <summary>A checked ensemble: its steps in the order they run, and what the whole takes and gives.</summary>
/// <param name="Outputs">In the order of the signature's outputs.</param>
public sealed record EnsemblePlan(
    ModelSignature Signature,
    IReadOnlyList<EnsembleTensor> Inputs,
    IReadOnlyList<PlannedStep> Steps,
    IReadOnlyList<EnsembleTensor> Outputs);
