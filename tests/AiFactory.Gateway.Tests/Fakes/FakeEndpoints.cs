using System.Collections.Concurrent;
using System.Threading.Channels;
using AiFactory.Domain.Decisions;
using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Experiments;
using AiFactory.Domain.Finance;
using AiFactory.Domain.Refusals;
using AiFactory.Domain.Shadows;
using AiFactory.Domain.Traffic;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Decisions;
using AiFactory.Grains.Endpoints;
using AiFactory.Grains.Experiments;
using AiFactory.Grains.Finance;
using AiFactory.Grains.Workers;

namespace AiFactory.Gateway.Fakes;

/// <summary>An endpoint that publishes its route to the fake routing table.</summary>
internal sealed class FakeEndpoint(string key, FakeGrains grains) : IEndpointGrain
{
    private Endpoint? _endpoint;

    public async Task<Endpoint> Deploy(EndpointSpec spec, string? operation)
    {
        var name = EndpointKey.FromGrainKey(key);
        _endpoint = new(name.Endpoint, (_endpoint?.Revision ?? 0) + 1, "salt", spec, true, DateTimeOffset.UnixEpoch);
        var routes = spec.Variants.Select((variant, i) => Routes.Variant(variant.Name, variant.Model, i / (double)spec.Variants.Count, (i + 1) / (double)spec.Variants.Count, Routes.Numeric()));
        await grains.GetGrain<IRoutingTableGrain>(name.Tenant).Publish(new(name.Endpoint, _endpoint.Revision, "salt", spec.KeyField, spec.Durability, [.. routes], spec.Economy, spec.Serving,
            spec.Shadows?.Select(shadow => new ShadowRoute(Routes.Variant(shadow.Name, shadow.Model, 0, 0, Routes.Numeric()), shadow.Percent)).ToArray()));
        return _endpoint;
    }

    public async Task<Endpoint> Undeploy()
    {
        var name = EndpointKey.FromGrainKey(key);
        _endpoint = (await Get()) with { Deployed = false, Revision = _endpoint!.Revision + 1 };
        await grains.GetGrain<IRoutingTableGrain>(name.Tenant).Withdraw(name.Endpoint, _endpoint.Revision);
        return _endpoint;
    }

    public Task<Endpoint> Scale(string variant, int active) => throw new NotSupportedException();

    public Task<Endpoint> Rollback(long? revision, string? operation) => Deploy(_endpoint!.Spec, operation);

    public Task<Endpoint> Promote(string variant, string? operation) =>
        Deploy(EndpointSwitches.Promote(_endpoint, EndpointKey.FromGrainKey(key), variant).OrThrow(), operation);

    public Task<IReadOnlyList<EndpointRevision>> History() =>
        Task.FromResult<IReadOnlyList<EndpointRevision>>([new(_endpoint!.Revision, _endpoint.Spec, _endpoint.DeployedAt)]);

    public Task<Endpoint> Stop(string reason) => Switch(EndpointSwitches.Stop(_endpoint, EndpointKey.FromGrainKey(key), reason).OrThrow());

    public Task<Endpoint> Start() => Switch(EndpointSwitches.Start(_endpoint, EndpointKey.FromGrainKey(key)).OrThrow());

    public Task<Endpoint> Shift(long revision, IReadOnlyDictionary<string, double> weights) => throw new NotSupportedException();

    private async Task<Endpoint> Switch(Endpoint next)
    {
        var table = grains.GetGrain<IRoutingTableGrain>(EndpointKey.FromGrainKey(key).Tenant);
        var route = (await table.Watch(-1)).Routes.Single(other => other.Endpoint == next.Name);
        await table.Publish(route with { Generation = next.Generation, Suspended = next.Suspended });
        return _endpoint = next;
    }

    public Task<Endpoint> Get() => Task.FromResult(_endpoint ?? throw new RefusedException(new("endpoint-not-found", RefusalKind.NotFound, $"There is no endpoint '{key}'.")));
}

/// <summary>Keeps what gateways tell.</summary>
internal sealed class FakeTraffic(string key) : IEndpointTrafficGrain
{
    private readonly ConcurrentQueue<TrafficReport> _reports = new();
    private readonly Channel<bool> _arrived = Channel.CreateUnbounded<bool>();

    public IReadOnlyList<TrafficReport> Reports => [.. _reports];

    public Task Report(TrafficReport report)
    {
        _reports.Enqueue(report);
        _arrived.Writer.TryWrite(true);
        return Task.CompletedTask;
    }

    /// <summary>Waits for reports until they satisfy.</summary>
    public async Task Until(Func<IReadOnlyList<TrafficReport>, bool> satisfied)
    {
        while (!satisfied(Reports))
        {
            await _arrived.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        }
    }

    public Task<EndpointTraffic> Recent() => Task.FromResult(new EndpointTraffic(EndpointKey.FromGrainKey(key).Endpoint, 1, 1, []));
}

/// <summary>The rules of shadows on an endpoint, fed by the test.</summary>
internal sealed class FakeShadows(string key, FakeGrains grains) : IEndpointShadowGrain
{
    private ShadowBook _book = ShadowBook.Empty;

    public Task Observe(TrafficReport report)
    {
        _book = ShadowRules.Observe(_book, report.Shadows, DateTimeOffset.UnixEpoch);
        return Task.CompletedTask;
    }

    public async Task<ShadowReport> Report() => ShadowRules.Report(await grains.GetGrain<IEndpointGrain>(key).Get(), _book);
}

internal sealed class FakeExperiment(string key) : IExperimentGrain
{
    public Task<ExperimentReport> Report() =>
        Task.FromResult(new ExperimentReport(EndpointKey.FromGrainKey(key).Endpoint, 1, null, [], [], null, DateTimeOffset.UnixEpoch));
}

internal sealed class FakeCostAccount(string tenant) : ICostAccountGrain
{
    public Task<CostStatement> Statement() => Task.FromResult(new CostStatement(
        tenant, [], new(long.MaxValue), default, default, default, default, new Dictionary<string, decimal>(), DateTimeOffset.UnixEpoch));

    public Task<CostReconciliation> Reconcile() => Task.FromResult(new CostReconciliation(0, default, default, default, default, true, []));
}

internal sealed class FakePins : IWorkerPinsGrain
{
    private WorkerPins _pins = WorkerPins.None;

    public Task<IReadOnlyList<Domain.Models.ModelVersionKey>> List() => Task.FromResult(_pins.Models);

    public Task Add(Domain.Models.ModelVersionKey model) => Task.FromResult(_pins = _pins.With(model));

    public Task Remove(Domain.Models.ModelVersionKey model) => Task.FromResult(_pins = _pins.Without(model));
}

internal sealed class FakePrices : IPriceBookGrain
{
    public Task Register(PriceBook book) => throw new NotSupportedException();

    public Task<IReadOnlyList<PriceBook>> List() => Task.FromResult<IReadOnlyList<PriceBook>>([PriceBook.Default]);
}

internal sealed class FakePool : IWorkerPoolGrain
{
    public List<WorkerKey> Workers { get; } = [new("silo-1", "cpu-0"), new("silo-2", "cpu-0")];

    public Task<IReadOnlyList<WorkerKey>> List() => Task.FromResult<IReadOnlyList<WorkerKey>>([.. Workers]);

    public Task Heartbeat(string siloName, IReadOnlyList<Device> devices) => throw new NotSupportedException();

    public Task<PoolAnswer> Report(WorkersReport report) => throw new NotSupportedException();

    public Task<PoolView> View() => Task.FromResult(new PoolView([.. Workers.Select(Pooled)], Settled: true));

    public Task<PooledWorker> Order(WorkerKey worker, WorkerOrder order) => Workers.Contains(worker)
        ? Task.FromResult(Pooled(worker) with { Order = order, Standing = order == WorkerOrder.None ? WorkerStanding.Ready : WorkerStanding.Draining })
        : throw new RefusedException(new("worker-not-found", RefusalKind.NotFound, $"There is no worker '{worker}'.", worker.ToGrainKey()));

    private static PooledWorker Pooled(WorkerKey key) => new(key, new Device(key.Device, DeviceKind.Cpu, "cpu-slot"), WorkerStanding.Ready);
}

/// <summary>The grain in front of the memory log, which is silo-1's; no other silo answers.</summary>
internal sealed class FakeLogGrain(string key, MemoryLog log) : IDecisionLogGrain
{
    public Dictionary<long, OutcomeRecord> Outcomes { get; } = [];

    public bool Down { get; set; }

    public Task<DecisionRecord> Read(string tenant, long address) => Reachable(() =>
        log.Read(address) is DecisionRecord found && found.Tenant == tenant ? found : throw NotFound(address));

    public Task<OutcomeRecord?> ReadOutcome(string tenant, long address) => Reachable(() => Outcomes.GetValueOrDefault(address));

    public Task<IReadOnlyList<long>> ReadShadows(string tenant, long address) => Reachable<IReadOnlyList<long>>(() => [.. log.AddressesOf(
        decision => decision.Kind == DecisionKind.Shadow && decision.Original == address && decision.Tenant == tenant)]);

    public Task<IReadOnlyList<FoundDecision>> FindRequest(string tenant, long from, string requestId) => Reachable<IReadOnlyList<FoundDecision>>(() =>
        [.. log.AddressesOf(decision => decision.IsFor(tenant, requestId)).Where(address => address >= from).Select(address => new FoundDecision(address, (DecisionRecord)log.Read(address)!))]);

    public Task<OutcomeReceipt> ReportOutcomes(string tenant, string endpoint, IReadOnlyList<OutcomeReport> outcomes) => Reachable(() =>
    {
        var refused = new List<RefusedOutcome>();
        foreach (var outcome in outcomes)
        {
            var address = DecisionId.Parse(outcome.DecisionId).OrThrow().Address;
            if (log.Read(address) is not DecisionRecord)
            {
                refused.Add(new(outcome.DecisionId, NotFound(address).Refusal));
                continue;
            }

            Outcomes[address] = new(DateTimeOffset.UnixEpoch, tenant, endpoint, address, outcome.Label, outcome.Label == "yes");
        }

        return new OutcomeReceipt(outcomes.Count - refused.Count, 0, refused);
    });

    public Task<LedgerShare> ReadLedger(string tenant) => throw new NotSupportedException();

    public Task<ReconciliationShare> Recount(string tenant) => throw new NotSupportedException();

    public Task<FiguresShare> ReadFigures(string tenant, string endpoint) => throw new NotSupportedException();

    private static RefusedException NotFound(long address) => new(new("decision-not-found", RefusalKind.NotFound, $"There is no decision at {address}."));

    private Task<T> Reachable<T>(Func<T> answer) =>
        key == $"{log.Name}/log" && !Down ? Task.FromResult(answer()) : Task.FromException<T>(new SiloUnavailableException($"No silo for {key}."));
}

/// <summary>Knows the logs of silo-1 and silo-2, and no others.</summary>
internal sealed class FakeLogCatalog : ILogCatalogGrain
{
    private readonly List<KnownLog> _logs =
        [.. new[] { "silo-1", "silo-2" }.Select(name => new KnownLog(name, LogKind.Silo, DateTimeOffset.UnixEpoch, 0, DateTimeOffset.UnixEpoch))];

    public Task Enter(string name, LogKind kind, long position) => throw new NotSupportedException();

    public Task<IReadOnlyList<KnownLog>> List() => Task.FromResult<IReadOnlyList<KnownLog>>(_logs);

    public async Task<KnownLog> Find(string name) => LogCatalogRules.Find(await List(), name).OrThrow();
}
