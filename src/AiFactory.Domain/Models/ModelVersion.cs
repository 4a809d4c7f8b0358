using AiFactory.Domain.Datasets;
using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Models;

/// <summary>Where a model version came from: trained here, or imported.</summary>
public sealed record ModelOrigin(string? TrainingRunId, DatasetVersionKey? Dataset, string? ImportedFileName, string CodeVersion);

/// <summary>An immutable model version: an ONNX graph with all it takes to know and serve it.</summary>
/// <param name="ArtifactSha256">Lower-case hex digest of the ONNX file; also its content address.</param>
/// <param name="Classes">Set for two-class models; null for models that give plain tensors.</param>
/// <param name="Parameters">Hyperparameters, seed, split and whatever else determines the weights.</param>
/// <param name="Evaluation">Null for imported models.</param>
/// <param name="QualityGate">What the gate found; a version that fails it can be looked at but not deployed.</param>
/// <param name="Ensemble">Its steps, of kind <see cref="EnsembleRules.Kind"/>; null: it is one model.</param>
public sealed record ModelVersion(
    string Model,
    int Version,
    string ArtifactSha256,
    long ArtifactBytes,
    ModelSignature Signature,
    BinaryClasses? Classes,
    ModelOrigin Origin,
    string Kind,
    IReadOnlyDictionary<string, string> Parameters,
    Evaluation? Evaluation,
    GateReport QualityGate,
    DateTimeOffset CreatedAt,
    EnsembleSpec? Ensemble = null);

/// <param name="Findings">One sentence for each check, passed or not.</param>
public sealed record GateReport(bool Passed, IReadOnlyList<string> Findings);

/// <summary>What a registration carries; <see cref="RegistrationId"/> makes it idempotent.</summary>
public sealed record RegisterModelVersion(
    string RegistrationId,
    string ArtifactSha256,
    long ArtifactBytes,
    ModelSignature Signature,
    BinaryClasses? Classes,
    ModelOrigin Origin,
    string Kind,
    IReadOnlyDictionary<string, string> Parameters,
    Evaluation? Evaluation,
    EnsembleSpec? Ensemble = null);

/// <summary>A model as listed.</summary>
public sealed record Model(string Name, IReadOnlyList<ModelVersion> Versions);
