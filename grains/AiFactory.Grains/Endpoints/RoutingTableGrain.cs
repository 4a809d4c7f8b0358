using AiFactory.Domain.Endpoints;
using AiFactory.Grains.Storage;
using Microsoft.Extensions.Hosting;

namespace AiFactory.Grains.Endpoints;

[GrainType("routing-table")]
internal sealed class RoutingTableGrain : Grain, IRoutingTableGrain
{
    /// <summary>Well under the 30 s after which a caller gives a call up.</summary>
    public static readonly TimeSpan WatchMax = TimeSpan.FromSeconds(20);

    // Whoever followed another activation takes the routes whole once: a state folder may have been replaced meanwhile.
    private readonly string _line = Guid.NewGuid().ToString("N");
    private readonly IPersistentState<RoutingTableState> _former;
    private readonly RoutingPages _pages;
    private readonly TimeProvider _time;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ModelRelease _release;
    private RouteBook _book = RouteBook.Empty;
    private TaskCompletionSource _changed = NewSignal();

    public RoutingTableGrain(
        [PersistentState("routing-table", StateStore.Name)] IPersistentState<RoutingTableState> former, IPersistentStateFactory states, TimeProvider time, IHostApplicationLifetime lifetime,
        ModelRelease release)
    {
        (_former, _time, _lifetime, _release) = (former, time, lifetime, release);
        _pages = new(states, GrainContext);
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (_former.State.Book is { } former)
        {
            foreach (var entry in former.Entries())
                await _pages.Write(entry);
            await _former.Save(new RoutingTableState());
        }

        _book = _pages.Read();
    }

    public Task Publish(EndpointRoute route) => Save(_book.Publish(route), route.Endpoint);

    public Task Withdraw(string endpoint, long generation) => Save(_book.Withdraw(endpoint, generation), endpoint);

    public async Task<RouteChanges> Watch(long knownVersion, string? line = null)
    {
        // A caller may know a later version than there is when the state folder was replaced: that too is news to it.
        if (_book.Version == knownVersion && (line is null || line == _line))
        {
            try
            {
                // A silo that stops waits for its calls to end, so resting ones end with it.
                await _changed.Task.WaitAsync(WatchMax, _time, _lifetime.ApplicationStopping);
            }
            catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
            {
                // Told below that nothing is new.
            }
        }

        return line == _line && knownVersion <= _book.Version ? _book.Since(knownVersion, _line) : _book.Whole(_line);
    }

    private async Task Save(RouteBook next, string endpoint)
    {
        if (ReferenceEquals(next, _book))
            return;
        var (before, after) = (_book.Find(endpoint)?.Route, next.Find(endpoint)!);
        await _pages.Write(after);
        _book = next;
        (var changed, _changed) = (_changed, NewSignal());
        changed.TrySetResult();
        if (RouteUse.Ended(before, after.Route, next.Routes) is { Count: > 0 } ended)
            this.RegisterGrainTimer(Release, ended, _release.After, Timeout.InfiniteTimeSpan);
    }

    // A model may have come into use again meanwhile.
    private Task Release(IReadOnlyList<ModelUse> ended, CancellationToken cancellation) => _release.Release(RouteUse.Unused(_book.Routes, ended));

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
