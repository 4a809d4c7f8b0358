using AiFactory.Domain.Models;
using AiFactory.Grains.Storage;
using Microsoft.Extensions.Options;

namespace AiFactory.Grains.Models;

[GrainType("model")]
internal sealed class ModelGrain(
    [PersistentState("model", StateStore.Name)] IPersistentState<ModelState> state, IOptions<ModelOptions> options, TimeProvider time) : Grain, IModelGrain
{
    private ModelKey Key => ModelKey.FromGrainKey(this.GetPrimaryKeyString());

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // A crash may have come between numbering the newest version here and setting it in its own grain.
        if (state.State.Line.Newest is { } newest)
            await Create(newest);
    }

    public async Task<ModelVersion> Register(RegisterModelVersion command)
    {
        var line = state.State.Line;
        var gate = new ModelGate(options.Value.MinimumAuc);
        var registered = ModelRules.Register(line, Key, command, gate, time.GetUtcNow()).OrThrow();
        if (registered.Version.Version > line.Versions.Count)
        {
            await GrainFactory.GetGrain<IModelCatalogGrain>(Key.Tenant).Add(Key.Model);
            await state.Save(new ModelState { Line = line.Apply(registered) });
        }

        return await Create(registered.Version);
    }

    public Task<Model> Get() => Task.FromResult(ModelRules.List(state.State.Line, Key).OrThrow());

    public Task<ModelVersion> GetVersion(int? version) => Task.FromResult(ModelRules.Find(state.State.Line, Key, version).OrThrow());

    private Task<ModelVersion> Create(ModelVersion version) =>
        GrainFactory.GetGrain<IModelVersionGrain>(new ModelVersionKey(Key.Tenant, Key.Model, version.Version).ToGrainKey()).Create(version);
}
