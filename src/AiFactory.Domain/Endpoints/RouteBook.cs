namespace AiFactory.Domain.Endpoints;

/// <summary>A tenant's routes, and up to which revision each endpoint is known, so that a late message cannot undo a newer one.</summary>
public sealed record RouteBook(RoutingTable Table, IReadOnlyDictionary<string, long> Revisions)
{
    public static readonly RouteBook Empty = new(new RoutingTable(0, []), new Dictionary<string, long>());

    /// <summary>The book with this route in place of the endpoint's earlier one; the same book when it is not newer.</summary>
    public RouteBook Publish(EndpointRoute route) => IsNews(route.Endpoint, route.Revision) ? With(route.Endpoint, route.Revision, route) : this;

    /// <summary>The book without the endpoint; the same book when the revision is not newer.</summary>
    public RouteBook Withdraw(string endpoint, long revision) => IsNews(endpoint, revision) ? With(endpoint, revision, null) : this;

    private bool IsNews(string endpoint, long revision) => revision > Revisions.GetValueOrDefault(endpoint);

    private RouteBook With(string endpoint, long revision, EndpointRoute? route)
    {
        var others = Table.Routes.Where(kept => kept.Endpoint != endpoint);
        var routes = route is null ? others : others.Append(route);
        return new RouteBook(
            new RoutingTable(Table.Version + 1, [.. routes.OrderBy(kept => kept.Endpoint, StringComparer.Ordinal)]),
            new Dictionary<string, long>(Revisions) { [endpoint] = revision });
    }
}
