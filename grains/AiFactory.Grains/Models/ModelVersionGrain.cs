using AiFactory.Domain.Models;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Models;

[GrainType("model-version")]
internal sealed class ModelVersionGrain([PersistentState("model-version", StateStore.Name)] IPersistentState<ModelVersionState> state)
    : Grain, IModelVersionGrain
{
    public async Task<ModelVersion> Create(ModelVersion version)
    {
        var kept = ModelVersionRules.Create(state.State.Version, version).OrThrow();
        if (state.State.Version is null)
            await state.Save(new ModelVersionState { Version = kept });
        return kept;
    }

    public Task<ModelVersion> Get() =>
        Task.FromResult(ModelVersionRules.Get(state.State.Version, ModelVersionKey.FromGrainKey(this.GetPrimaryKeyString())).OrThrow());
}
