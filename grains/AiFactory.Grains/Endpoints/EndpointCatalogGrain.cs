using AiFactory.Grains.Catalogs;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Endpoints;

[GrainType("endpoint-catalog")]
internal sealed class EndpointCatalogGrain([PersistentState("endpoint-catalog", StateStore.Name)] IPersistentState<CatalogState> catalog)
    : Grain, IEndpointCatalogGrain
{
    public Task Add(string name) => catalog.Add(name);

    public Task<IReadOnlyList<string>> List() => catalog.List();
}
