using AiFactory.Grains.Catalogs;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Training;

[GrainType("training-run-catalog")]
internal sealed class TrainingRunCatalogGrain([PersistentState("training-run-catalog", StateStore.Name)] IPersistentState<CatalogState> catalog)
    : Grain, ITrainingRunCatalogGrain
{
    public Task Add(string runId) => catalog.Add(runId);

    public Task<IReadOnlyList<string>> List() => catalog.List();
}
