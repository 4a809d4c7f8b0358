using AiFactory.Domain.Endpoints;
using AiFactory.Grains.Storage;
using Microsoft.Extensions.Hosting;

namespace AiFactory.Grains.Endpoints;

[GrainType("routing-table")]
internal sealed class RoutingTableGrain([PersistentState("routing-table", StateStore.Name)] IPersistentState<RoutingTableState> state, TimeProvider time, IHostApplicationLifetime lifetime, ModelRelease release)
    : Grain, IRoutingTableGrain
{
    /// <summary>Well under the 30 s after which a caller gives a call up.</summary>
    public static readonly TimeSpan WatchMax = TimeSpan.FromSeconds(20);

    private TaskCompletionSource _changed = NewSignal();

    private RouteBook Book => state.State.Book;

    public Task Publish(EndpointRoute route) => Save(Book.Publish(route), route.Endpoint);

    public Task Withdraw(string endpoint, long generation) => Save(Book.Withdraw(endpoint, generation), endpoint);

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

    private async Task Save(RouteBook next, string endpoint)
    {
        if (ReferenceEquals(next, Book))
            return;
        var before = Book.Table;
        await state.Save(new RoutingTableState { Book = next });
        (var changed, _changed) = (_changed, NewSignal());
        changed.TrySetResult();
        if (RouteUse.Ended(before, next.Table, endpoint) is { Count: > 0 } ended)
            this.RegisterGrainTimer(Release, ended, release.After, Timeout.InfiniteTimeSpan);
    }

    // A model may have come into use again meanwhile.
    private Task Release(IReadOnlyList<ModelUse> ended, CancellationToken cancellation) => release.Release(RouteUse.Unused(Book.Table, ended));

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
