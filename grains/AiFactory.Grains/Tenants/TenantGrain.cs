using AiFactory.Domain.Tenants;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Tenants;

[GrainType("tenant")]
internal sealed class TenantGrain(
    [PersistentState("tenant", StateStore.Name)] IPersistentState<TenantState> state, ApiKeySource keys, TimeProvider time) : Grain, ITenantGrain
{
    private string Name => this.GetPrimaryKeyString();

    // A crash may have come between keeping a key or limits here and publishing them.
    public override Task OnActivateAsync(CancellationToken cancellationToken) => state.State.Tenant is { } tenant ? Publish(tenant) : Task.CompletedTask;

    public Task<Tenant> Get() => Task.FromResult(TenantRules.Get(state.State.Tenant, Name, time.GetUtcNow()).OrThrow());

    public async Task<string> CreateApiKey(string? operation)
    {
        var key = keys.Next();
        await Save(TenantRules.AddKey(state.State.Tenant, Name, ApiKey.Hash(key), time.GetUtcNow(), operation).OrThrow());
        return key;
    }

    public Task RevokeApiKey(string apiKeyHash) => Save(TenantRules.RevokeKey(state.State.Tenant, Name, apiKeyHash).OrThrow());

    public async Task<TenantLimits> SetLimits(TenantLimits limits)
    {
        await Save(TenantRules.Limit(state.State.Tenant, Name, limits, time.GetUtcNow()).OrThrow());
        return limits;
    }

    private async Task Save(Tenant tenant)
    {
        await state.Save(new TenantState { Tenant = tenant });
        await Publish(tenant);
    }

    private async Task Publish(Tenant tenant)
    {
        var directory = GrainFactory.GetGrain<IApiKeyDirectoryGrain>(ApiKeyDirectory.Key);
        await directory.Publish(tenant.Name, tenant.ApiKeyHashes.ToArray());
        await directory.PublishLimits(tenant.Name, tenant.Limits);
    }
}
