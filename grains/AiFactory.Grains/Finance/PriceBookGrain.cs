using AiFactory.Domain.Finance;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Finance;

[GrainType("price-book")]
internal sealed class PriceBookGrain([PersistentState("price-book", StateStore.Name)] IPersistentState<PriceBookState> state) : Grain, IPriceBookGrain
{
    public Task Register(PriceBook book)
    {
        var next = state.State.History.With(book).OrThrow();
        return ReferenceEquals(next, state.State.History) ? Task.CompletedTask : state.Save(new PriceBookState { History = next });
    }

    public Task<IReadOnlyList<PriceBook>> List() => Task.FromResult(state.State.History.Books);
}

[GenerateSerializer, Alias("aifactory.price-book-state")]
internal sealed class PriceBookState
{
    [Id(0)]
    public PriceHistory History { get; set; } = PriceHistory.None;
}
