using AiFactory.Domain.Refusals;
using AiFactory.Domain.Workers;
using AiFactory.Gateway.Models;
using AiFactory.Gateway.Routing;

namespace AiFactory.Gateway.Inference;

/// <summary>
/// The model repository of the Open Inference Protocol, for REST and gRPC alike. Its models are the endpoints, its versions the model versions that their
/// variants serve, whether deployed or only in reserve; a version that several variants serve is one.
/// </summary>
internal sealed class ModelRepository(RoutingSnapshots routing, ModelResidency residency)
{
    private const string Ready = "READY";

    /// <summary>Parameter of an unload that an ensemble's members go with it; they always do, since no other model uses them.</summary>
    public const string UnloadDependents = "unload_dependents";

    /// <summary>Every version of every endpoint: <c>READY</c> in the memory of a worker that serves it, <c>LOADING</c>, or <c>UNAVAILABLE</c> with a reason.</summary>
    public async Task<IReadOnlyList<IndexEntry>> Index(string tenant, bool readyOnly, CancellationToken cancellation)
    {
        var routes = (await routing.Of(tenant, cancellation)).Current!;
        var held = (await residency.List(tenant)).ToDictionary(worker => worker.Worker.ToGrainKey(), StringComparer.Ordinal);
        return
        [
            .. from endpoint in routes.Endpoints.Values.OrderBy(endpoint => endpoint.Route.Endpoint, StringComparer.Ordinal)
               from variant in endpoint.Variants.DistinctBy(variant => variant.ModelText)
               let entry = Describe(endpoint, variant, held)
               where !readyOnly || entry.State == Ready
               select entry,
        ];
    }

    /// <summary>Brings every version of an endpoint into the memory of the workers that serve it, where it stays until it is unloaded.</summary>
    /// <param name="parameters">Names of the request's parameters; none means anything here.</param>
    /// <exception cref="RefusedException"><c>endpoint-not-found, parameter-unsupported, workers-missing</c>, or one cannot be loaded.</exception>
    public Task Load(string tenant, string name, IEnumerable<string> parameters, CancellationToken cancellation)
    {
        Check(parameters, allowed: null);
        return Each(tenant, name, residency.Pin, cancellation);
    }

    /// <summary>Takes every version of an endpoint out of memory once its requests at work are answered; the next request loads it again.</summary>
    /// <exception cref="RefusedException"><c>endpoint-not-found, parameter-unsupported, workers-missing</c>.</exception>
    public Task Unload(string tenant, string name, IEnumerable<string> parameters, CancellationToken cancellation)
    {
        Check(parameters, UnloadDependents);
        return Each(tenant, name, residency.Unpin, cancellation);
    }

    private async Task Each(string tenant, string name, Func<Domain.Models.ModelVersionKey, IReadOnlyCollection<string>, Task> act, CancellationToken cancellation)
    {
        var endpoint = (await routing.Of(tenant, cancellation)).Deployed(name);
        var versions = endpoint.Variants.GroupBy(variant => variant.Route.Model);
        await Task.WhenAll(versions.Select(version => act(version.Key, [.. version.SelectMany(variant => variant.Lanes).Select(lane => lane.Worker).Distinct(StringComparer.Ordinal)])));
    }

    private static IndexEntry Describe(ServedEndpoint endpoint, ServedVariant variant, Dictionary<string, WorkerModels> held)
    {
        var key = variant.Route.Model.ToGrainKey();
        var workers = variant.Lanes.Select(lane => held.GetValueOrDefault(lane.Worker)).OfType<WorkerModels>().ToArray();
        var copies = workers.SelectMany(worker => worker.Models).Where(model => model.Model == key).ToArray();
        var (state, reason) = endpoint.Route.Suspended is { } stopped ? ("UNAVAILABLE", $"Stopped: {stopped}")
            : variant.Lanes.Length == 0 ? ("UNAVAILABLE", "No worker serves it at present.")
            : workers.Length == 0 ? ("UNAVAILABLE", "The workers that serve it do not answer.")
            : copies.Any(copy => !copy.Loading) ? (Ready, "")
            : copies.Length > 0 ? ("LOADING", "")
            : ("UNAVAILABLE", "unloaded; its next request loads it");
        return new(endpoint.Route.Endpoint, variant.ModelText, state, reason);
    }

    private static void Check(IEnumerable<string> parameters, string? allowed)
    {
        if (parameters.FirstOrDefault(name => name != allowed) is { } unknown)
        {
            throw new RefusedException(new("parameter-unsupported", RefusalKind.Malformed, $"The parameter '{unknown}' is not taken here: a version's files and settings never change.", unknown,
                "Register another version (factory model import) and deploy it, then load it without parameters."));
        }
    }

    /// <exception cref="RefusedException"><c>repository-not-found</c>.</exception>
    public static void CheckRepository(string name)
    {
        if (name.Length > 0)
        {
            throw new RefusedException(new("repository-not-found", RefusalKind.NotFound, $"There is no repository '{name}': there is one, and it has no name.", "repository_name",
                "Leave repository_name empty."));
        }
    }
}
