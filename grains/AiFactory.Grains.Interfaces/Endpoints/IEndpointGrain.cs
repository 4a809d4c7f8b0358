using AiFactory.Domain.Endpoints;
using Orleans.Concurrency;

namespace AiFactory.Grains.Endpoints;

/// <summary>An endpoint: variants, weights, and the route that gateways follow. Key: <see cref="EndpointKey"/>.</summary>
[Alias("aifactory.endpoint"), Version(1)]
public interface IEndpointGrain : IGrainWithStringKey
{
    /// <summary>Loads the variants' models on workers, then publishes the route.</summary>
    /// <param name="operation">Names this change; one that a kept revision came by is no effect. Null: it is a change of its own.</param>
    [Alias("Deploy")]
    Task<Endpoint> Deploy(EndpointSpec spec, string? operation = null);

    [Alias("Undeploy")]
    Task<Endpoint> Undeploy();

    [Alias("Get"), AlwaysInterleave]
    Task<Endpoint> Get();

    /// <summary>Deploys an earlier revision's spec anew; null: the one before the present.</summary>
    /// <param name="operation">As of <see cref="Deploy"/>.</param>
    [Alias("Rollback")]
    Task<Endpoint> Rollback(long? revision, string? operation = null);

    /// <summary>Deploys the present spec anew with all weight on one variant.</summary>
    /// <param name="operation">As of <see cref="Deploy"/>.</param>
    [Alias("Promote")]
    Task<Endpoint> Promote(string variant, string? operation = null);

    /// <summary>The revisions that can be gone back to, oldest first.</summary>
    [Alias("History"), AlwaysInterleave]
    Task<IReadOnlyList<EndpointRevision>> History();

    /// <summary>Makes every gateway refuse the endpoint's requests for a stated reason.</summary>
    [Alias("Stop"), AlwaysInterleave]
    Task<Endpoint> Stop(string reason);

    /// <summary>Ends a stop.</summary>
    [Alias("Start"), AlwaysInterleave]
    Task<Endpoint> Start();

    /// <summary>Changes weights, in percent by variant, within a revision; refused when that is not the present one.</summary>
    [Alias("Shift"), AlwaysInterleave]
    Task<Endpoint> Shift(long revision, IReadOnlyDictionary<string, double> weights);

    /// <summary>Lets so many of a variant's replicas share its load, the others standing by; 0: all. No effect on variants there are not.</summary>
    [Alias("Scale"), AlwaysInterleave]
    Task<Endpoint> Scale(string variant, int active);
}

/// <summary>The routes of a tenant, by version. Key: tenant.</summary>
[Alias("aifactory.routing-table"), Version(1)]
public interface IRoutingTableGrain : IGrainWithStringKey
{
    /// <summary>Adds or replaces an endpoint's route; older generations than the present one have no effect.</summary>
    [Alias("Publish")]
    Task Publish(EndpointRoute route);

    /// <summary>Takes an endpoint out.</summary>
    [Alias("Withdraw")]
    Task Withdraw(string endpoint, long generation);

    /// <summary>
    /// What changed after <paramref name="knownVersion"/>: at once when something did, else when it does, or that nothing did after 20 s. All routes to
    /// whoever follows no line, or another one.
    /// </summary>
    /// <param name="line">Of the changes that brought the caller to that version; null: none.</param>
    [Alias("Watch"), AlwaysInterleave]
    Task<RouteChanges> Watch(long knownVersion, string? line = null);
}

/// <summary>All endpoint names of a tenant. Key: tenant.</summary>
[Alias("aifactory.endpoint-catalog"), Version(1)]
public interface IEndpointCatalogGrain : IGrainWithStringKey
{
    [Alias("Add")]
    Task Add(string name);

    [Alias("List")]
    Task<IReadOnlyList<string>> List();
}
