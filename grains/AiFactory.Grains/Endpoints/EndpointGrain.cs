using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Domain.Shadows;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Models;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Endpoints;

[GrainType("endpoint")]
internal sealed class EndpointGrain(
    [PersistentState("endpoint", StateStore.Name)] IPersistentState<EndpointState> state, ReplicaLoader loader, TimeProvider time)
    : Grain, IEndpointGrain, IEndpointPlacementGrain, IDisposable
{
    private readonly SemaphoreSlim _changing = new(1, 1);

    private EndpointKey Key => EndpointKey.FromGrainKey(this.GetPrimaryKeyString());

    // A crash may have come between keeping a revision here and publishing it; the table takes only what is news to it.
    public override Task OnActivateAsync(CancellationToken cancellationToken) => state.State.Endpoint is null ? Task.CompletedTask : Publish();

    public Task<Endpoint> Deploy(EndpointSpec spec, string? operation) => Once(operation, () => Deploy(spec, again: false, operation));

    /// <param name="again">Whether the spec was granted before: it then is served by the workers that are left.</param>
    private async Task<Endpoint> Deploy(EndpointSpec spec, bool again, string? operation)
    {
        var own = EndpointRules.Check(Key, spec).OrThrow();
        var models = await Task.WhenAll(own.Variants.Select(variant => Version(variant.Model).Get()));
        EndpointRules.CheckModels(Key, own, models).OrThrow();
        var shadows = await Task.WhenAll((own.Shadows ?? []).Select(shadow => Version(shadow.Model).Get()));
        ShadowRules.CheckModels(own, models, shadows).OrThrow();
        var placement = own.Serving?.Placement;
        var replicas = await Task.WhenAll(models.Select(model => loader.Load(model, Key.Tenant, placement)));
        var shadowReplicas = await Task.WhenAll(shadows.Select(model => loader.Load(model, Key.Tenant, placement)));
        if (!again)
            ServingRules.CheckReplicas(Key, own, state.State.Endpoint, [.. replicas.Select(workers => workers.Count)]).OrThrow();

        await GrainFactory.GetGrain<IEndpointCatalogGrain>(Key.Tenant).Add(Key.Endpoint);
        return await Change(present =>
        {
            var endpoint = EndpointRules.Deploy(present.Endpoint, Key, own, time.GetUtcNow());
            return new EndpointState
            {
                Endpoint = endpoint,
                Route = RouteRules.Build(endpoint, models, replicas, shadows, shadowReplicas),
                History = EndpointHistory.Keep(present.History, endpoint, operation),
            };
        });
    }

    public Task<Endpoint> Undeploy() => Change(present =>
        EndpointRules.Undeploy(present.Endpoint, Key).OrThrow() is var endpoint && endpoint == present.Endpoint ? present : new EndpointState { Endpoint = endpoint, History = present.History });

    public Task<Endpoint> Scale(string variant, int active) => Change(present =>
    {
        var endpoint = EndpointRules.Get(present.Endpoint, Key).OrThrow();
        if (present.Route is not { } route || RouteRules.Scale(route, variant, active) is var scaled && ReferenceEquals(scaled, route))
            return present;
        endpoint = EndpointRules.Republish(endpoint);
        return new EndpointState { Endpoint = endpoint, Route = RouteRules.Follow(scaled, endpoint), History = present.History };
    });

    public Task<Endpoint> Rollback(long? revision, string? operation) => Once(operation, () =>
        Deploy(EndpointHistory.Find(state.State.History, EndpointRules.Get(state.State.Endpoint, Key).OrThrow(), revision).OrThrow().Spec, again: true, operation));

    // Asked again, by a client that tries again, it is no revision: a rollback would go from the switched to the switched.
    public Task<Endpoint> Promote(string variant, string? operation) => Once(operation, () =>
        EndpointSwitches.Promote(state.State.Endpoint, Key, variant).OrThrow() is var spec && state.State.Endpoint is { Deployed: true, Shifted: false } present && spec.Variants.SequenceEqual(present.Spec.Variants)
            ? Task.FromResult(present)
            : Deploy(spec, again: true, operation));

    // Asked again under its name, a change that was made is not made again, though its first asker was never answered; it is told to gateways that may have missed it.
    private Task<Endpoint> Once(string? operation, Func<Task<Endpoint>> change) =>
        EndpointHistory.Holds(state.State.History, operation) ? Change(static present => present) : change();

    public Task<IReadOnlyList<EndpointRevision>> History()
    {
        EndpointRules.Get(state.State.Endpoint, Key).OrThrow();
        return Task.FromResult<IReadOnlyList<EndpointRevision>>(state.State.History);
    }

    public Task<Endpoint> Stop(string reason) => Change(present => Changed(present, EndpointSwitches.Stop(present.Endpoint, Key, reason).OrThrow()));

    public Task<Endpoint> Start() => Change(present => Changed(present, EndpointSwitches.Start(present.Endpoint, Key).OrThrow()));

    public Task<Endpoint> Shift(long revision, IReadOnlyDictionary<string, double> weights) =>
        Change(present => Changed(present, EndpointSwitches.Shift(present.Endpoint, Key, revision, weights).OrThrow()));

    public async Task Follow()
    {
        if (state.State is not { Route: { } route, Endpoint: { } endpoint })
            return;
        var pool = await loader.Pool();
        // What is gone leaves at once; what is new takes its time to load.
        await Follow(route.Revision, pool, new Dictionary<ModelVersionKey, IReadOnlyList<WorkerKey>>());
        var variants = route.Variants.Concat((route.Shadows ?? []).Select(shadow => shadow.Variant)).DistinctBy(variant => variant.Model);
        var loaded = await Task.WhenAll(variants.Select(async variant => KeyValuePair.Create(
            variant.Model, await loader.LoadMore(await Version(variant.Model).Get(), Key.Tenant, endpoint.Spec.Serving?.Placement, variant.Replicas, pool))));
        await Follow(route.Revision, pool, new Dictionary<ModelVersionKey, IReadOnlyList<WorkerKey>>(loaded));
    }

    public void Dispose() => _changing.Dispose();

    public Task<Endpoint> Get() => Task.FromResult(EndpointRules.Get(state.State.Endpoint, Key).OrThrow() with { Active = state.State.Route is { } route ? RouteRules.Active(route) : null });

    private async Task Follow(long revision, PoolView pool, IReadOnlyDictionary<ModelVersionKey, IReadOnlyList<WorkerKey>> loaded)
    {
        EndpointRoute? Next(EndpointState present) =>
            present.Route is { } route && route.Revision == revision && ReplicaRules.Follow(route, pool, loaded) is var next && !ReferenceEquals(next, route) ? next : null;

        if (Next(state.State) is null)
            return;
        await Change(present =>
        {
            if (Next(present) is not { } next)
                return present;
            var endpoint = EndpointRules.Republish(present.Endpoint!);
            return new EndpointState { Endpoint = endpoint, Route = RouteRules.Follow(next, endpoint), History = present.History };
        });
    }

    private static EndpointState Changed(EndpointState present, Endpoint endpoint) => endpoint == present.Endpoint
        ? present
        : new EndpointState { Endpoint = endpoint, Route = present.Route is { } route ? RouteRules.Follow(route, endpoint) : null, History = present.History };

    private IModelVersionGrain Version(ModelVersionKey model) => GrainFactory.GetGrain<IModelVersionGrain>(model.ToGrainKey());

    // Calls interleave, so that nothing waits for a deployment that loads models; their changes come one by one.
    private async Task<Endpoint> Change(Func<EndpointState, EndpointState> change)
    {
        await _changing.WaitAsync();
        try
        {
            var next = change(state.State);
            if (!ReferenceEquals(next, state.State))
                await state.Save(next);
            await Publish();
            return next.Endpoint!;
        }
        finally
        {
            _changing.Release();
        }
    }

    private Task Publish()
    {
        var table = GrainFactory.GetGrain<IRoutingTableGrain>(Key.Tenant);
        return state.State.Route is { } route ? table.Publish(route) : table.Withdraw(Key.Endpoint, state.State.Endpoint!.Order);
    }
}
