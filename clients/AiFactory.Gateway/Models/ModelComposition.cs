using System.Text.Json;
using AiFactory.Domain.Ensembles;
using AiFactory.Domain.Models;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Serialization;
using AiFactory.Gateway.Requests;
using AiFactory.Gateway.Status;
using AiFactory.Grains.Models;
using AiFactory.Lakehouse.Objects;
using Microsoft.AspNetCore.Http;

namespace AiFactory.Gateway.Models;

/// <summary>Turns the definition of an ensemble into a registration: members fixed by version and digest, the whole checked, its JSON kept as the artefact.</summary>
internal sealed class ModelComposition(IObjectStore objects, IGrainFactory grains)
{
    /// <exception cref="RefusedException">
    /// <c>ensemble-invalid, ensemble-member-gated, model-not-found, model-version-not-found, model-version-malformed, object-store-full</c>.
    /// </exception>
    public async Task<RegisterModelVersion> Compose(HttpContext context, EnsembleSpec spec)
    {
        var (key, tenant) = (context.IdempotencyKey(), context.Tenant());
        var members = new List<ModelVersion>();
        foreach (var member in EnsembleRules.Members(tenant, spec).OrThrow())
        {
            RequestArguments.Name("model", member.Model);
            members.Add(await grains.GetGrain<IModelGrain>(member.ModelKey.ToGrainKey()).GetVersion(member.Version == 0 ? null : member.Version));
        }

        var pinned = EnsembleRules.Pin(tenant, spec, members).OrThrow();
        var signatures = pinned.Steps.Where(step => step.Model is not null)
            .ToDictionary(step => step.Name, step => members.First(member => member.ArtifactSha256 == step.Sha256).Signature);
        var plan = EnsemblePlanner.Plan(pinned, signatures).OrThrow();
        var artefact = await objects.PutContent(new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(pinned, FactoryJson.Options)), context.RequestAborted);
        return new(key ?? artefact.Sha256, artefact.Sha256, artefact.SizeBytes, plan.Signature, pinned.Classes, new ModelOrigin(null, null, null, FactoryVersion.Text),
            EnsembleRules.Kind, new Dictionary<string, string>(), Evaluation: null, Ensemble: pinned);
    }
}
