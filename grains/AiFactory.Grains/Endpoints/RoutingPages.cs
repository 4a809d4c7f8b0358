using AiFactory.Domain.Endpoints;
using AiFactory.Grains.Storage;

namespace AiFactory.Grains.Endpoints;

/// <summary>The entries of a routing table in storage: a change writes one page of <see cref="RoutePages.Count"/>.</summary>
internal sealed class RoutingPages
{
    private readonly IPersistentState<RoutingPageState>[] _pages;

    /// <summary>To be made in a grain's constructor: what is kept is read before the grain is active.</summary>
    public RoutingPages(IPersistentStateFactory states, IGrainContext grain) =>
        _pages = [.. Enumerable.Range(0, RoutePages.Count).Select(page => states.Create<RoutingPageState>(grain, new PersistentStateAttribute($"routing-page-{page}", StateStore.Name)))];

    /// <summary>What is kept.</summary>
    public RouteBook Read() => RouteBook.Of(_pages.SelectMany(page => page.State.Entries));

    public Task Write(RouteEntry entry)
    {
        var page = _pages[RoutePages.Of(entry.Endpoint)];
        return page.Save(new RoutingPageState { Entries = RoutePages.Put(page.State.Entries, entry) });
    }
}
