using AiFactory.Domain.Refusals;

namespace AiFactory.Domain.Models;

/// <summary>A model version is set once.</summary>
public static class ModelVersionRules
{
    /// <summary>The version to keep: the present one when it says the same.</summary>
    public static Ruling<ModelVersion> Create(ModelVersion? present, ModelVersion version) =>
        present is null || present.ArtifactSha256 == version.ArtifactSha256
            ? present ?? version
            : new Refusal("model-version-exists", RefusalKind.Conflict, $"Version {version.Version} of {version.Model} exists with another artefact.",
                $"{version.Model}@{version.Version}", "Versions are immutable; register a new one.");

    public static Ruling<ModelVersion> Get(ModelVersion? present, ModelVersionKey key) =>
        present is not null
            ? present
            : new Refusal("model-version-not-found", RefusalKind.NotFound, $"There is no model version {key}.", key.ToString(),
                "factory model show NAME lists a model's versions.");
}
