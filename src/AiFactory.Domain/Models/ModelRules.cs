using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Tenants;

namespace AiFactory.Domain.Models;

/// <summary>Which registrations become versions.</summary>
public static class ModelRules
{
    private const int Sha256HexLength = 64;

    /// <summary>The version of this registration: the one it made before, or the next in line.</summary>
    public static Ruling<RegisteredVersion> Register(ModelLine line, ModelKey key, RegisterModelVersion command, ModelGate gate, DateTimeOffset now)
    {
        if (line.Versions.FirstOrDefault(kept => kept.RegistrationId == command.RegistrationId) is { } known)
        {
            return known.Version.ArtifactSha256 == command.ArtifactSha256
                ? known
                : new Refusal("registration-conflict", RefusalKind.Conflict, $"Registration {command.RegistrationId} was made with another artefact.",
                    key.Model, "Register the new artefact under a new registration id.");
        }

        return Check(key, command) is { } refusal
            ? refusal
            : new RegisteredVersion(command.RegistrationId, new ModelVersion(key.Model, line.Versions.Count + 1, command.ArtifactSha256, command.ArtifactBytes,
                command.Signature, command.Classes, command.Origin, command.Kind, command.Parameters, command.Evaluation,
                command.Ensemble is { } ensemble ? EnsembleRules.Judge(ensemble) : gate.Judge(command.Evaluation, command.Checks),
                now, command.Files, command.MemoryBytes, command.Ensemble));
    }

    /// <summary>A version by number, or the newest.</summary>
    public static Ruling<ModelVersion> Find(ModelLine line, ModelKey key, int? version)
    {
        if (line.Newest is not { } newest)
            return NotFound(key);
        var number = version ?? newest.Version;
        return number >= 1 && number <= line.Versions.Count
            ? line.Versions[number - 1].Version
            : new Refusal("model-version-not-found", RefusalKind.NotFound, $"Model {key.Model} has no version {number}.", $"{key.Model}@{number}",
                $"Its newest version is {newest.Version}.");
    }

    public static Ruling<Model> List(ModelLine line, ModelKey key) =>
        line.Newest is null ? NotFound(key) : new Model(key.Model, [.. line.Versions.Select(kept => kept.Version)]);

    private static Refusal NotFound(ModelKey key) => new("model-not-found", RefusalKind.NotFound, $"There is no model {key.Model}.", key.Model,
        "Train one (factory train) or import an ONNX file; factory model list shows what there is.");

    private static Refusal? Check(ModelKey key, RegisterModelVersion command)
    {
        if (ResourceName.Check("model", key.Model) is { Granted: false, Refusal: var badName })
            return badName;
        if (command.ArtifactSha256 is not { Length: Sha256HexLength } || !command.ArtifactSha256.All(char.IsAsciiHexDigitLower))
            return Invalid(key, $"'{command.ArtifactSha256}' is not a SHA-256 in lower-case hex.", "Keep the artefact in the object store and send its digest.");
        if (command.Signature.Inputs.Count == 0 || command.Signature.Outputs.Count == 0)
            return Invalid(key, "The model has no inputs or no outputs.", "Export a graph with at least one input and one output tensor.");
        return command.Classes is { } classes && command.Signature.Outputs.All(output => output.Name != classes.Output)
            ? Invalid(key, $"The class output '{classes.Output}' is not among the model's outputs.", "Name an output tensor of the graph.")
            : null;
    }

    private static Refusal Invalid(ModelKey key, string what, string mend) => new("model-invalid", RefusalKind.Unprocessable, what, key.Model, mend);
}
