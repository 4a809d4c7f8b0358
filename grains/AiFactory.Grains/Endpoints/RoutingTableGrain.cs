using AiFactory.Domain.Endpoints;
using AiFactory.Grains.Storage;
using Microsoft.Extensions.Hosting;

namespace AiFactory.Grains.Endpoints;

[GrainType("routing-table")]
internal sealed class RoutingTableGrain([PersistentState("routing-table", StateStore.Name)] IPersistentState<RoutingTableState> state, TimeProvider time, IHostApplicationLifetime lifetime)
    : Grain, IRoutingTableGrain
{
    /// <summary>Well under the 30 s after which a caller gives a call up.</summary>
    public static readonly TimeSpan WatchMax = TimeSpan.FromSeconds(20);

    private TaskCompletionSource _changed = NewSignal();

    private RouteBook Book => state.State.Book;

    public Task Publish(EndpointRoute route) => Save(Book.Publish(route));

    public Task Withdraw(string endpoint, long generation) => Save(Book.Withdraw(endpoint, generation));

    public async Task<RoutingTable> Watch(long knownVersion)
    {
        // A caller may know a later version than there is when the state folder was replaced: that too is news to it.
        if (Book.Table.Version == knownVersion)
        {
            try
            {
                // A silo that stops waits for its calls to end, so resting ones end with it.
                await _changed.Task.WaitAsync(WatchMax, time, lifetime.ApplicationStopping);
            }
            catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
            {
                return Book.Table;
            }
        }

        return Book.Table;
    }

    private async Task Save(RouteBook next)
    {
        if (ReferenceEquals(next, Book))
            return;
        await state.Save(new RoutingTableState { Book = next });
        (var changed, _changed) = (_changed, NewSignal());
        changed.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
