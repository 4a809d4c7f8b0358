using AiFactory.Client.Datasets;
using AiFactory.Client.Decisions;
using AiFactory.Client.Endpoints;
using AiFactory.Client.Finance;
using AiFactory.Client.Models;
using AiFactory.Client.Rollouts;
using AiFactory.Client.Tenants;
using AiFactory.Client.Training;
using AiFactory.Client.Transport;
using AiFactory.Client.Workers;
using AiFactory.Domain.Refusals;

namespace AiFactory.Client;

/// <summary>
/// A factory over its public HTTP API, one property a noun. Safe for use by many threads at once.
/// </summary>
/// <remarks>
/// Every call throws <see cref="RefusedException"/> when the factory says no, and <see cref="FactoryUnreachableException"/> when it
/// cannot be spoken to. Calls answered 502 or 503 (a silo is being replaced) are repeated for up to about six seconds, with several gateways at the next one;
/// so are calls whose connection broke, if they only read or have a key. Every changing call is sent under one <c>Idempotency-Key</c>, so that a repeated
/// call has its effect once; one whose gateway died with it is asked for again for up to twenty seconds.
/// </remarks>
public sealed class FactoryClient : IDisposable
{
    private readonly HttpClient http;
    private readonly bool ownsHttp;
    private readonly FactoryTransport transport;

    /// <summary>A client over an <see cref="HttpClient"/> whose <see cref="HttpClient.BaseAddress"/> is the factory's; the caller disposes of it.</summary>
    /// <param name="http">Carries the API key in its default headers, where one is needed.</param>
    /// <param name="time">Clock of retries and polling; null: the system's.</param>
    public FactoryClient(HttpClient http, TimeProvider? time = null)
        : this(http, http?.BaseAddress is { } address ? [address] : [], time, ownsHttp: false)
    {
    }

    /// <summary>A client of a factory with several gateways; the caller disposes of <paramref name="http"/>.</summary>
    /// <param name="addresses">The gateways' addresses, at least one: when one fails the next is asked.</param>
    public FactoryClient(HttpClient http, IReadOnlyList<Uri> addresses, TimeProvider? time = null)
        : this(http, addresses, time, ownsHttp: false)
    {
    }

    private FactoryClient(HttpClient http, IReadOnlyList<Uri> addresses, TimeProvider? time, bool ownsHttp)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(addresses);
        if (addresses.Count == 0)
        {
            throw new ArgumentException("The HttpClient needs the factory's address as its BaseAddress, or the client a list of addresses.", nameof(addresses));
        }

        this.http = http;
        this.ownsHttp = ownsHttp;
        var clock = time ?? TimeProvider.System;
        transport = new FactoryTransport(http, addresses, clock);
        Datasets = new DatasetClient(transport, clock);
        TrainingRuns = new TrainingRunClient(transport, clock);
        Models = new ModelClient(transport);
        Endpoints = new EndpointClient(transport);
        Rollouts = new RolloutClient(transport);
        Decisions = new DecisionClient(transport);
        Cost = new CostClient(transport);
        Tenants = new TenantClient(transport);
        Workers = new WorkerClient(transport);
        Status = new StatusClient(transport);
    }

    /// <summary>Address of the factory: of the gateway asked at present.</summary>
    public Uri Address => transport.Address;

    public DatasetClient Datasets { get; }

    public TrainingRunClient TrainingRuns { get; }

    public ModelClient Models { get; }

    public EndpointClient Endpoints { get; }

    public RolloutClient Rollouts { get; }

    public DecisionClient Decisions { get; }

    public CostClient Cost { get; }

    public TenantClient Tenants { get; }

    public WorkerClient Workers { get; }

    public StatusClient Status { get; }

    /// <summary>A client with its own connections to <paramref name="address"/>; dispose of it when done.</summary>
    /// <param name="apiKey">Sent as a bearer token; null: none, which a factory bound to loopback accepts.</param>
    public static FactoryClient Connect(Uri address, string? apiKey = null, TimeProvider? time = null) => Connect([address], apiKey, time);

    /// <summary>As <see cref="Connect(Uri, string?, TimeProvider?)"/>, for a factory of several gateways: when one fails the next is asked.</summary>
    /// <param name="addresses">At least one.</param>
    public static FactoryClient Connect(IReadOnlyList<Uri> addresses, string? apiKey = null, TimeProvider? time = null)
    {

        // Uploads and training have no natural time limit; connecting has.
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) };
        var http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        if (!string.IsNullOrEmpty(apiKey))
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", apiKey);
        }

        return new FactoryClient(http, addresses, time, ownsHttp: true);
    }

    public void Dispose()
    {
        if (ownsHttp)
        {
            http.Dispose();
        }
    }
}
