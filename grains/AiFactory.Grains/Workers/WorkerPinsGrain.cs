using AiFactory.Domain.Models;
using AiFactory.Domain.Workers;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Workers;

[GrainType("worker-pins")]
internal sealed class WorkerPinsGrain([PersistentState("worker-pins", StateStore.Name)] IPersistentState<WorkerPinsState> state) : Grain, IWorkerPinsGrain
{
    private WorkerPins Pins => state.State.Pins;

    public Task<IReadOnlyList<ModelVersionKey>> List() => Task.FromResult(Pins.Models);

    public Task Add(ModelVersionKey model) => Save(Pins.With(model));

    public Task Remove(ModelVersionKey model) => Save(Pins.Without(model));

    private Task Save(WorkerPins next) => ReferenceEquals(next, Pins) ? Task.CompletedTask : state.Save(new WorkerPinsState { Pins = next });
}

[GenerateSerializer, Alias("aifactory.worker-pins-state")]
internal sealed class WorkerPinsState
{
    [Id(0)]
    public WorkerPins Pins { get; set; } = WorkerPins.None;
}
