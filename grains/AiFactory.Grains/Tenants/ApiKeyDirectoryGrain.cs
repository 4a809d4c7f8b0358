using AiFactory.Domain.Tenants;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Tenants;

/// <summary>Key of the one directory.</summary>
public static class ApiKeyDirectory
{
    public const string Key = "all";
}

[GrainType("api-key-directory")]
internal sealed class ApiKeyDirectoryGrain([PersistentState("api-key-directory", StateStore.Name)] IPersistentState<ApiKeyDirectoryState> state)
    : Grain, IApiKeyDirectoryGrain
{
    public Task Publish(string tenant, IReadOnlyList<string> apiKeyHashes)
    {
        var present = state.State.Hashes.GetValueOrDefault(tenant, []);
        return present.SequenceEqual(apiKeyHashes)
            ? Task.CompletedTask
            : state.Save(new ApiKeyDirectoryState { Limits = state.State.Limits, Hashes = new(state.State.Hashes) { [tenant] = [.. apiKeyHashes] } });
    }

    public Task<IReadOnlyDictionary<string, string>> List() => Task.FromResult<IReadOnlyDictionary<string, string>>(
        state.State.Hashes.SelectMany(tenant => tenant.Value.Select(hash => (hash, tenant.Key))).ToDictionary(pair => pair.hash, pair => pair.Key));

    public Task PublishLimits(string tenant, TenantLimits? limits)
    {
        if (state.State.Limits.GetValueOrDefault(tenant) == limits)
            return Task.CompletedTask;
        var others = state.State.Limits.Where(limited => limited.Key != tenant);
        var next = limits is null ? others : others.Append(KeyValuePair.Create(tenant, limits));
        return state.Save(new ApiKeyDirectoryState { Hashes = state.State.Hashes, Limits = new(next) });
    }

    public Task<IReadOnlyDictionary<string, TenantLimits>> Limits() =>
        Task.FromResult<IReadOnlyDictionary<string, TenantLimits>>(new Dictionary<string, TenantLimits>(state.State.Limits));
}
