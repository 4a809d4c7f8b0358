using System.Security.Cryptography;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Engines.Inference;
using AiFactory.Grains.Models;
using AiFactory.Lakehouse.Objects;

namespace AiFactory.Grains.Workers.Devices;

/// <summary>Brings artefacts from the object store into an engine, checked against the hash they are known by.</summary>
internal sealed class ModelLoader(IInferenceEngine engine, IObjectStore objects, IGrainFactory grains)
{
    /// <exception cref="RefusedException">Unknown version, <c>artifact-missing</c>, <c>artifact-altered</c>, or what the engine refuses.</exception>
    public async Task<LoadedModel> Load(ModelVersionKey key, Device device)
    {
        var version = await grains.GetGrain<IModelVersionGrain>(key.ToGrainKey()).Get();
        return await Task.Run(() => version.Ensemble is { } ensemble
            ? EnsembleOpening.Open(ensemble, step => Open(step.Sha256!, step.Model!, device))
            : Open(version.ArtifactSha256, key.ToString(), device));
    }

    /// <summary>Loads an artefact that is no version yet.</summary>
    public Task<LoadedModel> Load(string artifactSha256, Device device) => Task.Run(() => Open(artifactSha256, artifactSha256, device));

    // Reading and hashing a large file and building a session take their time: never on a grain's turn.
    private LoadedModel Open(string sha256, string name, Device device)
    {
        var path = objects.ContentPath(sha256);
        if (!objects.Exists(path))
        {
            throw new RefusedException(new Refusal("artifact-missing", RefusalKind.NotFound, $"The artefact of {name} is not in the object store.", path,
                "Restore the object store from its backup, or import the model again."));
        }

        long bytes;
        using (var stream = objects.OpenRead(path))
        {
            bytes = stream.Length;
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) != sha256)
            {
                throw new RefusedException(new Refusal("artifact-altered", RefusalKind.Unprocessable, $"The artefact of {name} is not what was registered.", path,
                    "Restore the object store from its backup, or import the model again."));
            }
        }

        return new(engine.Load(objects.LocalPath(path), device), bytes);
    }
}

/// <param name="Bytes">Of its artefact.</param>
internal sealed record LoadedModel(IInferenceModel Model, long Bytes);
