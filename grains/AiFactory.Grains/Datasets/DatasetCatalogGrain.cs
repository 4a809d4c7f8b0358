using AiFactory.Grains.Catalogs;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Datasets;

[GrainType("dataset-catalog")]
internal sealed class DatasetCatalogGrain([PersistentState("dataset-catalog", StateStore.Name)] IPersistentState<CatalogState> catalog)
    : Grain, IDatasetCatalogGrain
{
    public Task Add(string name) => catalog.Add(name);

    public Task<IReadOnlyList<string>> List() => catalog.List();
}
