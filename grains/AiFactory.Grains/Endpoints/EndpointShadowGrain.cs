using AiFactory.Domain.Shadows;
using AiFactory.Domain.Traffic;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Endpoints;

[GrainType("endpoint-shadow")]
internal sealed class EndpointShadowGrain([PersistentState("endpoint-shadow", StateStore.Name)] IPersistentState<EndpointShadowState> state, TimeProvider time)
    : Grain, IEndpointShadowGrain
{
    public Task Observe(TrafficReport report) => ShadowRules.Observe(state.State.Book, report.Shadows, time.GetUtcNow()) is var book && ReferenceEquals(book, state.State.Book)
        ? Task.CompletedTask
        : state.Save(new EndpointShadowState { Book = book });

    public async Task<ShadowReport> Report() => ShadowRules.Report(await GrainFactory.GetGrain<IEndpointGrain>(this.GetPrimaryKeyString()).Get(), state.State.Book);
}
