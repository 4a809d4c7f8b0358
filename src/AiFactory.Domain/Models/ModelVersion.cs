using AiFactory.Domain.Datasets;
using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Training;

namespace AiFactory.Domain.Models;

/// <summary>Where a model version came from: trained here, or imported.</summary>
public sealed record ModelOrigin(string? TrainingRunId, DatasetVersionKey? Dataset, string? ImportedFileName, string CodeVersion);

/// <summary>An immutable model version: an ONNX graph with all it takes to know and serve it.</summary>
/// <param name="ArtifactSha256">Lower-case hex digest of the ONNX file, or of the <see cref="ModelBundle"/> when there are several; also its content address.</param>
/// <param name="ArtifactBytes">Of all files.</param>
/// <param name="Classes">Set for two-class models; null for models that give plain tensors.</param>
/// <param name="Parameters">Hyperparameters, seed, split and whatever else determines the weights.</param>
/// <param name="Evaluation">Null for imported models.</param>
/// <param name="QualityGate">What the gate found; a version that fails it can be looked at but not deployed.</param>
/// <param name="Files">Of a bundle; null: the artefact is one ONNX file.</param>
/// <param name="MemoryBytes">Memory that it took when it was inspected; 0: never inspected.</param>
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
    IReadOnlyList<ArtifactFile>? Files = null,
    long MemoryBytes = 0,
    EnsembleSpec? Ensemble = null);

/// <param name="Findings">One sentence for each check, passed or not.</param>
public sealed record GateReport(bool Passed, IReadOnlyList<string> Findings);

/// <summary>What a registration carries; <see cref="RegistrationId"/> makes it idempotent.</summary>
/// <param name="Checks">What an import tried on a worker, one sentence each; null for trained models, which their evaluation speaks for.</param>
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
    IReadOnlyList<string>? Checks = null,
    IReadOnlyList<ArtifactFile>? Files = null,
    long MemoryBytes = 0,
    EnsembleSpec? Ensemble = null);

/// <summary>A model as listed.</summary>
public sealed record Model(string Name, IReadOnlyList<ModelVersion> Versions);
