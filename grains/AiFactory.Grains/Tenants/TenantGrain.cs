using AiFactory.Domain.Tenants;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Tenants;

[GrainType("tenant")]
internal sealed class TenantGrain(
    [PersistentState("tenant", StateStore.Name)] IPersistentState<TenantState> state, ApiKeySource keys, TimeProvider time) : Grain, ITenantGrain
{
    private string Name => this.GetPrimaryKeyString();

    // A crash may have come between keeping a key here and publishing it.
    public override Task OnActivateAsync(CancellationToken cancellationToken) => state.State.Tenant is { } tenant ? Publish(tenant) : Task.CompletedTask;

    public Task<Tenant> Get() => Task.FromResult(TenantRules.Get(state.State.Tenant, Name, time.GetUtcNow()).OrThrow());

    public async Task<string> CreateApiKey()
    {
        var key = keys.Next();
        await Save(TenantRules.AddKey(state.State.Tenant, Name, ApiKey.Hash(key), time.GetUtcNow()).OrThrow());
        return key;
    }

    public Task RevokeApiKey(string apiKeyHash) => Save(TenantRules.RevokeKey(state.State.Tenant, Name, apiKeyHash).OrThrow());

    private async Task Save(Tenant tenant)
    {
        await state.Save(new TenantState { Tenant = tenant });
        await Publish(tenant);
    }

    private Task Publish(Tenant tenant) =>
        GrainFactory.GetGrain<IApiKeyDirectoryGrain>(ApiKeyDirectory.Key).Publish(tenant.Name, tenant.ApiKeyHashes.ToArray());
}
