using AiFactory.Grains.Catalogs;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Models;

[GrainType("model-catalog")]
internal sealed class ModelCatalogGrain([PersistentState("model-catalog", StateStore.Name)] IPersistentState<CatalogState> catalog)
    : Grain, IModelCatalogGrain
{
    public Task Add(string name) => catalog.Add(name);

    public Task<IReadOnlyList<string>> List() => catalog.List();
}
