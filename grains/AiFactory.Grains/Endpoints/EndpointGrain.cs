using AiFactory.Domain.Endpoints;
using AiFactory.Domain.Models;
using AiFactory.Grains.Models;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Endpoints;

[GrainType("endpoint")]
internal sealed class EndpointGrain(
    [PersistentState("endpoint", StateStore.Name)] IPersistentState<EndpointState> state, ReplicaLoader loader, TimeProvider time) : Grain, IEndpointGrain
{
    private EndpointKey Key => EndpointKey.FromGrainKey(this.GetPrimaryKeyString());

    // A crash may have come between keeping a revision here and publishing it; the table takes only what is news to it.
    public override Task OnActivateAsync(CancellationToken cancellationToken) => state.State.Endpoint is null ? Task.CompletedTask : Publish();

    public async Task<Endpoint> Deploy(EndpointSpec spec)
    {
        var own = EndpointRules.Check(Key, spec).OrThrow();
        var models = await Task.WhenAll(own.Variants.Select(variant => Version(variant.Model).Get()));
        EndpointRules.CheckModels(Key, own, models).OrThrow();
        var replicas = await Task.WhenAll(own.Variants.Select(variant => loader.Load(variant.Model)));

        var endpoint = EndpointRules.Deploy(state.State.Endpoint, Key, own, time.GetUtcNow());
        await GrainFactory.GetGrain<IEndpointCatalogGrain>(Key.Tenant).Add(Key.Endpoint);
        await state.Save(new EndpointState { Endpoint = endpoint, Route = RouteRules.Build(endpoint, models, replicas) });
        await Publish();
        return endpoint;
    }

    public async Task<Endpoint> Undeploy()
    {
        var endpoint = EndpointRules.Undeploy(state.State.Endpoint, Key).OrThrow();
        if (endpoint != state.State.Endpoint)
            await state.Save(new EndpointState { Endpoint = endpoint });
        await Publish();
        return endpoint;
    }

    public Task<Endpoint> Get() => Task.FromResult(EndpointRules.Get(state.State.Endpoint, Key).OrThrow());

    private IModelVersionGrain Version(ModelVersionKey model) => GrainFactory.GetGrain<IModelVersionGrain>(model.ToGrainKey());

    private Task Publish()
    {
        var table = GrainFactory.GetGrain<IRoutingTableGrain>(Key.Tenant);
        return state.State.Route is { } route ? table.Publish(route) : table.Withdraw(Key.Endpoint, state.State.Endpoint!.Revision);
    }
}
