using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Grains.Models;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Endpoints;

[GrainType("endpoint")]
internal sealed class EndpointGrain(
    [PersistentState("endpoint", StateStore.Name)] IPersistentState<EndpointState> state, ReplicaLoader loader, TimeProvider time)
    : Grain, IEndpointGrain, IDisposable
{
    private readonly SemaphoreSlim _changing = new(1, 1);

    private EndpointKey Key => EndpointKey.FromGrainKey(this.GetPrimaryKeyString());

    // A crash may have come between keeping a revision here and publishing it; the table takes only what is news to it.
    public override Task OnActivateAsync(CancellationToken cancellationToken) => state.State.Endpoint is null ? Task.CompletedTask : Publish();

    public async Task<Endpoint> Deploy(EndpointSpec spec)
    {
        var own = EndpointRules.Check(Key, spec).OrThrow();
        var models = await Task.WhenAll(own.Variants.Select(variant => Version(variant.Model).Get()));
        EndpointRules.CheckModels(Key, own, models).OrThrow();
        var replicas = await Task.WhenAll(own.Variants.Select(variant => loader.Load(variant.Model)));

        await GrainFactory.GetGrain<IEndpointCatalogGrain>(Key.Tenant).Add(Key.Endpoint);
        return await Change(present =>
        {
            var endpoint = EndpointRules.Deploy(present.Endpoint, Key, own, time.GetUtcNow());
            return new EndpointState { Endpoint = endpoint, Route = RouteRules.Build(endpoint, models, replicas) };
        });
    }

    public Task<Endpoint> Undeploy() => Change(present =>
        EndpointRules.Undeploy(present.Endpoint, Key).OrThrow() is var endpoint && endpoint == present.Endpoint ? present : new EndpointState { Endpoint = endpoint });

    public Task<Endpoint> Scale(string variant, int active) => Change(present =>
    {
        var endpoint = EndpointRules.Get(present.Endpoint, Key).OrThrow();
        if (present.Route is not { } route || RouteRules.Scale(route, variant, active) is var scaled && ReferenceEquals(scaled, route))
            return present;
        endpoint = EndpointRules.Republish(endpoint);
        return new EndpointState { Endpoint = endpoint, Route = RouteRules.Follow(scaled, endpoint) };
    });

    public void Dispose() => _changing.Dispose();

    public Task<Endpoint> Get() => Task.FromResult(EndpointRules.Get(state.State.Endpoint, Key).OrThrow());

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
