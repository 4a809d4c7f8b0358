using System.Collections.Immutable;

namespace AiFactory.Domain.Endpoints;

/// <summary>What a tenant's routing table knows of one endpoint.</summary>
/// <param name="Generation">Up to which its route is known, so that a late message cannot undo a newer one.</param>
/// <param name="Version">Of the book when it changed last.</param>
/// <param name="Route">Null: withdrawn.</param>
public sealed record RouteEntry(string Endpoint, long Generation, long Version, EndpointRoute? Route);

/// <summary>A tenant's routes. Never changes: each change makes a new book of one version more, at a cost that does not grow with the routes there are.</summary>
public sealed class RouteBook
{
    public static readonly RouteBook Empty = new(ImmutableDictionary.Create<string, RouteEntry>(StringComparer.Ordinal), 0);

    private readonly ImmutableDictionary<string, RouteEntry> _entries;

    private RouteBook(ImmutableDictionary<string, RouteEntry> entries, long version) => (_entries, Version) = (entries, version);

    public long Version { get; }

    public IEnumerable<EndpointRoute> Routes => _entries.Values.Select(entry => entry.Route).OfType<EndpointRoute>();

    /// <summary>The book of what was kept; of two entries for an endpoint the later one counts.</summary>
    public static RouteBook Of(IEnumerable<RouteEntry> entries)
    {
        var kept = Empty._entries.ToBuilder();
        foreach (var entry in entries)
        {
            if (!kept.TryGetValue(entry.Endpoint, out var other) || other.Version < entry.Version)
                kept[entry.Endpoint] = entry;
        }

        return new(kept.ToImmutable(), kept.Count == 0 ? 0 : kept.Values.Max(entry => entry.Version));
    }

    /// <summary>What is known of an endpoint; null: nothing.</summary>
    public RouteEntry? Find(string endpoint) => _entries.GetValueOrDefault(endpoint);

    /// <summary>The book with this route in place of the endpoint's earlier one; the same book when it is not newer.</summary>
    public RouteBook Publish(EndpointRoute route) => With(route.Endpoint, route.Order, route);

    /// <summary>The book without the endpoint; the same book when the generation is not newer.</summary>
    public RouteBook Withdraw(string endpoint, long generation) => With(endpoint, generation, null);

    /// <summary>All routes, for whoever knows none of this line.</summary>
    public RouteChanges Whole(string line) => new(line, Version, Whole: true, [.. Routes.OrderBy(route => route.Endpoint, StringComparer.Ordinal)], []);

    /// <summary>What became different after a version.</summary>
    public RouteChanges Since(long version, string line)
    {
        var changed = _entries.Values.Where(entry => entry.Version > version).ToArray();
        return new(line, Version, Whole: false, [.. changed.Select(entry => entry.Route).OfType<EndpointRoute>()], [.. changed.Where(entry => entry.Route is null).Select(entry => entry.Endpoint)]);
    }

    private RouteBook With(string endpoint, long generation, EndpointRoute? route) => generation > (Find(endpoint)?.Generation ?? 0)
        ? new(_entries.SetItem(endpoint, new(endpoint, generation, Version + 1, route)), Version + 1)
        : this;
}
