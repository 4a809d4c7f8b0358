using AiFactory.Client.Transport;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;

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

    /// <summary>How the endpoint's variants compare so far.</summary>
    public Task<ExperimentReport> Experiment(string name, CancellationToken cancellation = default) =>
        transport.Get<ExperimentReport>($"{Path(name)}/experiment", cancellation);

    private static string Path(string name) => $"v1/endpoints/{Call.Escape(name)}";
}
