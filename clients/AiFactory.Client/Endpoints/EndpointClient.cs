using System.Globalization;
using AiFactory.Client.Transport;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Shadows;
using AiFactory.Domain.Traffic;

namespace AiFactory.Client.Endpoints;

/// <summary>Endpoints and the experiments they run.</summary>
public sealed class EndpointClient
{
    private readonly FactoryTransport transport;

    internal EndpointClient(FactoryTransport transport) => this.transport = transport;

    /// <summary>Names of all endpoints.</summary>
    public Task<IReadOnlyList<string>> List(CancellationToken cancellation = default) =>
        transport.Get<IReadOnlyList<string>>("v1/endpoints", cancellation);

    public Task<Endpoint> Get(string name, CancellationToken cancellation = default) => transport.Get<Endpoint>(Path(name), cancellation);

    /// <summary>Makes the endpoint be as specified, new or not; it answers decisions when this returns.</summary>
    public Task<Endpoint> Deploy(string name, EndpointSpec spec, CancellationToken cancellation = default) =>
        transport.Put<Endpoint>(Path(name), spec, cancellation);

    /// <summary>Takes the endpoint out of service; its decisions and experiment stay.</summary>
    public Task<Endpoint> Undeploy(string name, CancellationToken cancellation = default) => transport.Delete<Endpoint>(Path(name), cancellation);

    /// <summary>Goes back to an earlier revision's spec, its models loaded before it answers; null: the one before the present.</summary>
    public Task<Endpoint> Rollback(string name, long? revision = null, CancellationToken cancellation = default) =>
        transport.Post<Endpoint>(string.Create(CultureInfo.InvariantCulture, $"{Path(name)}/rollback{(revision is null ? "" : $"?revision={revision}")}"), null, cancellation);

    /// <summary>The revisions that can be gone back to, oldest first.</summary>
    public Task<IReadOnlyList<EndpointRevision>> History(string name, CancellationToken cancellation = default) =>
        transport.Get<IReadOnlyList<EndpointRevision>>($"{Path(name)}/history", cancellation);

    /// <summary>Gives one variant all weight; a shadow becomes a variant for it.</summary>
    public Task<Endpoint> Promote(string name, string variant, CancellationToken cancellation = default) =>
        transport.Post<Endpoint>($"{Path(name)}/variants/{Call.Escape(variant)}/promote", null, cancellation);

    /// <summary>Makes every gateway refuse the endpoint's requests, telling callers the reason, or answer them by its static default where it has one.</summary>
    public Task<Endpoint> Stop(string name, string reason, CancellationToken cancellation = default) =>
        transport.Post<Endpoint>($"{Path(name)}/stop", new StopEndpoint(reason), cancellation);

    /// <summary>Ends a stop.</summary>
    public Task<Endpoint> Start(string name, CancellationToken cancellation = default) => transport.Post<Endpoint>($"{Path(name)}/start", null, cancellation);

    /// <summary>What all gateways saw of the endpoint over the last 30 s, by variant.</summary>
    public Task<EndpointTraffic> Traffic(string name, CancellationToken cancellation = default) => transport.Get<EndpointTraffic>($"{Path(name)}/traffic", cancellation);

    /// <summary>How the endpoint's shadows compare with the answers it gave since the present revision was deployed.</summary>
    public Task<ShadowReport> Shadows(string name, CancellationToken cancellation = default) => transport.Get<ShadowReport>($"{Path(name)}/shadows", cancellation);

    /// <summary>How the endpoint's variants compare so far.</summary>
    public Task<ExperimentReport> Experiment(string name, CancellationToken cancellation = default) =>
        transport.Get<ExperimentReport>($"{Path(name)}/experiment", cancellation);

    private static string Path(string name) => $"v1/endpoints/{Call.Escape(name)}";
}
